import { validate as isUuid } from "uuid";
import type { Tx } from "@/lib/db";
import type { StatusUpdate } from "@/lib/whatsapp/envelope";
import { stopsChannel } from "@/lib/whatsapp/outcome";
import { advance, findForStatus } from "./queries";
import { settled } from "./settled";
import { stopChannel } from "./stopChannel";

const RANK = { sent: 1, delivered: 2, read: 3, played: 4 };
type Reported = keyof typeof RANK;

/**
 * Applies what the provider says of a send; it proves acceptance, so an uncertain row becomes certain. A state only
 * ever moves forward, whatever the order of arrival. Returns the conversation that changed, or null.
 */
export async function applyStatus(
  tx: Tx,
  { businessId, channelId }: { businessId: string; channelId: string },
  { wamid, status, at, opaqueId, error }: StatusUpdate,
): Promise<string | null> {
  const row = await findForStatus(
    tx,
    businessId,
    channelId,
    opaqueId && isUuid(opaqueId) ? opaqueId.toLowerCase() : null,
    wamid,
  );
  if (!row || row.status === "FAILED" || row.status === "CANCELLED") return null;
  const reached = RANK[row.deliveryStatus as Reported] ?? 0;
  const open = {
    id: row.id,
    status: ["PENDING", "SENDING", "UNKNOWN", "SENT"] as ("PENDING" | "SENDING" | "UNKNOWN" | "SENT")[],
  };
  if (status === "failed") {
    if (reached >= RANK.delivered) return null;
    const code = error?.code ?? null;
    if (stopsChannel(code))
      await stopChannel(tx, businessId, channelId, { code, message: error?.title ?? "WhatsApp refused" });
    await advance(tx, open, {
      status: "FAILED",
      failedAt: at,
      errorCode: code,
      error: error?.title ?? "WhatsApp could not deliver the message",
      providerMessageId: row.providerMessageId ?? wamid,
    });
    await settled(tx, businessId, row.conversationId);
    return row.conversationId;
  }
  if (RANK[status] <= reached) return null;
  await advance(tx, open, {
    status: "SENT",
    deliveryStatus: status,
    providerMessageId: row.providerMessageId ?? wamid,
    error: null,
    errorCode: null,
    ...(row.status !== "SENT" && { sentAt: at }),
    ...(status === "delivered" && { deliveredAt: at }),
    ...(RANK[status] >= RANK.read && { readAt: at }),
  });
  await settled(tx, businessId, row.conversationId);
  return row.conversationId;
}
