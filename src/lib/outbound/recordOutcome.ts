import { recordActivity } from "@/lib/activity/record";
import type { Ctx } from "@/lib/context";
import type { Tx } from "@/lib/db";
import { publish } from "@/lib/events/publish";
import { backoffMs } from "@/lib/whatsapp/outcome";
import type { SendOutcome } from "@/lib/whatsapp/graph";
import { advance, findOutbound } from "./queries";
import { settled } from "./settled";
import { stopChannel } from "./stopChannel";

interface Send {
  id: string;
  conversationId: string;
  channelId: string;
  attempt: number;
  leaseOwner: string;
}

/**
 * Writes down how a send ended: SENT, PENDING again with back-off, FAILED, or UNKNOWN. A status webhook may have been
 * faster, and a lease may have run out meanwhile: then only what is certain still counts.
 */
export async function recordOutcome(ctx: Ctx, send: Send, outcome: SendOutcome): Promise<void> {
  await ctx.db.$transaction(async (tx) => {
    // The channel's lock comes before the row's, as in routing.
    if (outcome.kind === "refused" && outcome.verdict === "channel")
      await stopChannel(tx, ctx.businessId, send.channelId, outcome);
    const change = changeOf(outcome, send.attempt, ctx.now());
    const mine = { id: send.id, status: ["SENDING" as const], leaseOwner: send.leaseOwner, attempt: send.attempt };
    const moved = (await advance(tx, mine, change)) || (await settleLate(tx, ctx, send, outcome));
    if (!moved) return;
    await settled(tx, ctx.businessId, send.conversationId);
    if (outcome.kind !== "accepted")
      await recordActivity(tx, ctx, {
        action: `outbound.${change.status.toLowerCase()}`,
        entity: "conversation",
        entityId: send.conversationId,
        after: { id: send.id, attempt: send.attempt, reason: outcome.message },
      });
    await publish(tx, ctx.businessId, "conversation.changed", { conversationId: send.conversationId });
  });
}

function changeOf(outcome: SendOutcome, attempt: number, now: Date) {
  switch (outcome.kind) {
    case "accepted":
      return { status: "SENT", sentAt: now, providerMessageId: outcome.wamid, error: null, errorCode: null };
    case "uncertain":
      return { status: "UNKNOWN", unknownAt: now, error: outcome.message, errorCode: outcome.code };
    case "unsent":
      return retry(outcome.message, null, attempt, now);
    case "refused":
      if (outcome.verdict === "retry") return retry(outcome.message, outcome.code, attempt, now);
      return { status: "FAILED", failedAt: now, error: outcome.message, errorCode: outcome.code };
  }
}

function retry(error: string, errorCode: number | null, attempt: number, now: Date) {
  const nextAttemptAt = new Date(now.getTime() + backoffMs(attempt, errorCode, Math.random));
  return { status: "PENDING", error, errorCode, nextAttemptAt, leaseOwner: null, leaseUntil: null };
}

/** The row left SENDING before the answer was read. An answer that is certain still settles an UNKNOWN row; nothing goes back. */
async function settleLate(tx: Tx, ctx: Ctx, send: Send, outcome: SendOutcome): Promise<boolean> {
  const row = await findOutbound(tx, ctx.businessId, send.id);
  if (!row || row.attempt !== send.attempt) return false;
  if (outcome.kind === "accepted") {
    if (row.status === "UNKNOWN")
      return advance(tx, { id: send.id, status: ["UNKNOWN"] }, changeOf(outcome, send.attempt, ctx.now()));
    if (row.providerMessageId === null)
      await advance(tx, { id: send.id, status: ["SENT"] }, { providerMessageId: outcome.wamid });
    return false;
  }
  if (outcome.kind === "uncertain" || row.status !== "UNKNOWN") return false;
  const { message: error } = outcome;
  const errorCode = outcome.kind === "refused" ? outcome.code : null;
  return advance(tx, { id: send.id, status: ["UNKNOWN"] }, { status: "FAILED", failedAt: ctx.now(), error, errorCode });
}
