import { setTimeout as delay } from "node:timers/promises";
import type { Ctx } from "@/lib/context";
import { OWNER } from "@/lib/queue/owner";
import { sendText, type SendOutcome } from "@/lib/whatsapp/graph";
import { claimNext, LEASE_MS, type ClaimedSend } from "./claim";
import { recordOutcome } from "./recordOutcome";

/** How long a request may take; the lease outlives it by far. */
const REQUEST_DEADLINE_MS = 10_000;

/**
 * Sends what waits in a conversation, oldest first, one request per SENDING. Returns when to come back, or null when
 * nothing waits. A row whose fate is unknown does not hold up the next.
 */
export async function deliver(ctx: Ctx, conversationId: string): Promise<Date | null> {
  for (;;) {
    const claim = await claimNext(ctx, conversationId);
    if (claim.kind === "none") return null;
    if (claim.kind === "wait") return claim.until;
    if (claim.kind === "send") await sendClaimed(ctx, conversationId, claim);
  }
}

async function sendClaimed(ctx: Ctx, conversationId: string, claim: ClaimedSend): Promise<void> {
  const left = () => LEASE_MS - (performance.now() - claim.claimedAt);
  // A process that slept past its lease no longer owns the row; what it would send now, a person may have sent again.
  if (left() < REQUEST_DEADLINE_MS) return;
  const message = { to: claim.to, text: claim.text, opaqueId: claim.id };
  const outcome = await sendText(claim.channel, message, { deadlineMs: REQUEST_DEADLINE_MS });
  const send = { id: claim.id, conversationId, channelId: claim.channelId, attempt: claim.attempt, leaseOwner: OWNER };
  await record(ctx, send, outcome, left);
}

/** What is known of a send must not be lost to a database that blinks: tried again for as long as the lease lives. */
async function record(
  ctx: Ctx,
  send: Parameters<typeof recordOutcome>[1],
  outcome: SendOutcome,
  left: () => number,
): Promise<void> {
  for (;;) {
    try {
      return await recordOutcome(ctx, send, outcome);
    } catch (error) {
      if (left() < 1_000) throw error;
      ctx.log.warn({ err: error, outboundId: send.id }, "an outcome could not be written down yet");
      await delay(500);
    }
  }
}
