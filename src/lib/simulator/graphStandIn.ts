import { timingSafeEqual } from "node:crypto";
import { z } from "zod";
import { hashToken } from "@/lib/auth/session";
import { open } from "@/lib/crypto/secretBox";
import type { Ctx } from "@/lib/context";
import type { Db } from "@/lib/db";
import { addPhoneMessage, simulatorChannelByNumber } from "./queries";
import { envelope, newWamid, postDelivery } from "./webhook";

/** What the stand-in takes of Meta's send request; everything else is let through unread. */
const Send = z.object({
  messaging_product: z.literal("whatsapp"),
  to: z.string().optional(),
  recipient: z.string().optional(),
  type: z.string().default("text"),
  text: z.object({ body: z.string().min(1).max(4096) }).optional(),
  status: z.literal("read").optional(),
  message_id: z.string().optional(),
  biz_opaque_callback_data: z.string().max(512).optional(),
});

interface Answer {
  status: number;
  body: object;
  /** what Meta would report afterwards */
  after?: () => Promise<void>;
}

/** Stands in for Graph's POST /{version}/{phone_number_id}/messages: checks the token, accepts, answers as Meta does. */
export async function acceptSend(
  { system, actAs }: { system: Db; actAs: (businessId: string) => Ctx },
  phoneNumberId: string,
  authorization: string | null,
  raw: unknown,
): Promise<Answer> {
  const channel = await system.$transaction((tx) => simulatorChannelByNumber(tx, phoneNumberId));
  const token = channel?.accessTokenEnc ? open(channel.accessTokenEnc) : null;
  if (!channel || !token || !sameText(authorization ?? "", `Bearer ${token}`))
    return refusal(401, 190, "Invalid OAuth access token");
  const parsed = Send.safeParse(raw);
  if (!parsed.success) return refusal(400, 100, "Invalid parameter");
  const send = parsed.data;
  if (send.status === "read") return { status: 200, body: { success: true } };
  const customer = send.to ?? send.recipient;
  if (!customer || !send.text) return refusal(400, 100, "Invalid parameter");
  const wamid = newWamid();
  const { businessId, displayNumber } = channel;
  await actAs(businessId).db.$transaction((tx) =>
    addPhoneMessage(tx, {
      businessId,
      phoneNumberId,
      customer,
      direction: "OUT",
      wamid,
      text: send.text?.body ?? "",
      payload: JSON.parse(JSON.stringify(send)) as object,
    }),
  );
  return {
    status: 200,
    body: {
      messaging_product: "whatsapp",
      contacts: [{ input: customer, wa_id: customer }],
      messages: [{ id: wamid }],
    },
    after: () => report(phoneNumberId, displayNumber, customer, wamid, send.biz_opaque_callback_data),
  };
}

async function report(
  phoneNumberId: string,
  displayNumber: string,
  customer: string,
  wamid: string,
  opaque?: string,
): Promise<void> {
  const timestamp = String(Math.floor(Date.now() / 1000));
  const statuses = ["sent", "delivered", "read"].map((status) => ({
    id: wamid,
    status,
    timestamp,
    recipient_id: customer,
    ...(opaque && { biz_opaque_callback_data: opaque }),
  }));
  await postDelivery(envelope(phoneNumberId, displayNumber, { statuses }));
}

function refusal(status: number, code: number, message: string): Answer {
  return { status, body: { error: { message, type: "OAuthException", code, fbtrace_id: "simulator" } } };
}

function sameText(a: string, b: string): boolean {
  return timingSafeEqual(Buffer.from(hashToken(a)), Buffer.from(hashToken(b)));
}
