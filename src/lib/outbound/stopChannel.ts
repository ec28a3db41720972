import { raiseAlert } from "@/lib/alerts/queries";
import type { Tx } from "@/lib/db";
import { pauseChannel } from "./queries";

/** Pauses a channel that the provider will not send on, and tells the owner why. */
export async function stopChannel(
  tx: Tx,
  businessId: string,
  channelId: string,
  { code, message }: { code: number | null; message: string },
): Promise<void> {
  await pauseChannel(tx, channelId, message);
  await raiseAlert(tx, businessId, {
    kind: "channel_paused",
    subject: channelId,
    message: `Sending is paused: ${message}${code === null ? "" : ` (WhatsApp ${code})`}`,
  });
}
