import type { JsonValue } from "./json";
import { cleanText } from "./json";
import { type Address, type Reading, addressOf, readTime, usableId } from "./message";
import { type ErrorShape, StatusShape } from "./shape";

const STATUSES = ["sent", "delivered", "read", "played", "failed"] as const;

export interface StatusUpdate {
  wamid: string;
  status: (typeof STATUSES)[number];
  at: Date;
  recipient: Address;
  /** what the send put into `biz_opaque_callback_data` */
  opaqueId: string | null;
  error: { code: number | null; title: string } | null;
}

/** One delivery report of `statuses`, already cleaned; null, with a problem told, where it names no message or no known status. */
export function readStatus(raw: JsonValue, reading: Reading): StatusUpdate | null {
  const shape = StatusShape.safeParse(raw);
  const wamid = usableId(shape.data?.id);
  if (!shape.success || !wamid) {
    reading.problem("A status has no usable message id.");
    return null;
  }
  const { errors, recipient_id, recipient_user_id, biz_opaque_callback_data, timestamp } = shape.data;
  const status = STATUSES.find((known) => known === shape.data.status);
  if (!status) {
    reading.problem(`Message ${wamid} has an unknown status: ${shape.data.status ?? "none"}.`);
    return null;
  }
  return {
    wamid,
    status,
    at: readTime(timestamp, `A status of message ${wamid}`, reading),
    recipient: addressOf(recipient_id, recipient_user_id),
    opaqueId: usableId(biz_opaque_callback_data),
    error: errors[0] ? { code: errors[0].code ?? null, title: errorTitle(errors[0]) } : null,
  };
}

/** What Meta calls an error, at most 300 characters. */
export function errorTitle({ title, message, error_data, code }: ErrorShape): string {
  return cleanText(title || message || error_data?.details || `Error ${code ?? "without a code"}`, 300);
}
