import { recordActivity } from "@/lib/activity/record";
import type { SimulatedRetry } from "@/lib/conversation/schema";
import type { Ctx } from "@/lib/context";
import { AppError } from "@/lib/error-handler";
import { outboundDedupeKey } from "@/lib/outbound/dedupeKey";
import { sendOutboundWithIdempotency } from "@/lib/outbound/sendWithIdempotency";
import { decide } from "./decide";
import { hasReply, lastProcessedMessage, loadTurn } from "./queries";

const EXPLANATIONS: Record<SimulatedRetry["blockedAt"], string> = {
  outboundDedupeKey:
    "The message went past the inbound guard. The receptionist decided again, and the outbound key stopped the second reply: one reply exists for this message.",
  noReplyDue:
    "The message went past the inbound guard. It had no reply the first time, so there was no key to stop a second one. Nothing was sent.",
  notBlocked:
    "The message has a reply, and no key stopped a second one: the guard does not hold. Nothing was sent, because this was a simulation.",
};

/** Thrown to undo a send that the key did not stop: a simulation never sends. */
class NotBlocked extends Error {}

/**
 * Delivers the last message again as if the inbound guard had let it pass: the engine decides anew on the present
 * state, and the outbound key has to stop the reply. Nothing is ever sent, and no state moves but the counted
 * collision. Throws NOT_FOUND, NOTHING_TO_RETRY.
 */
export async function simulateRetry(ctx: Ctx, conversationId: string): Promise<SimulatedRetry> {
  const { turn, message } = await ctx.db.$transaction(async (tx) => ({
    turn: await loadTurn(tx, ctx.businessId, conversationId),
    message: await lastProcessedMessage(tx, ctx.businessId, conversationId),
  }));
  if (!message) throw new AppError("NOTHING_TO_RETRY");
  const { id, wamid, ...said } = message;
  const decision = decide(turn, [{ messageId: id, ...said }]);
  const key = outboundDedupeKey(conversationId, { kind: "reply", inboundMessageId: id, part: 0 });
  const blocked = await tryReply(ctx, turn.conversation, id, key, decision.reply?.text ?? "");
  const replied = await ctx.db.$transaction((tx) => hasReply(tx, ctx.businessId, id));
  const blockedAt = blocked ? "outboundDedupeKey" : replied ? "notBlocked" : "noReplyDue";
  return {
    messageId: id,
    wamid,
    inboundGuard: "bypassed",
    blocked,
    blockedAt,
    outboundDedupeKey: blocked ? key : null,
    explanation: EXPLANATIONS[blockedAt],
  };
}

async function tryReply(
  ctx: Ctx,
  { id, channelId }: { id: string; channelId: string },
  messageId: string,
  key: string,
  text: string,
): Promise<boolean> {
  try {
    return await ctx.db.$transaction(async (tx) => {
      const enqueued = await sendOutboundWithIdempotency(tx, {
        businessId: ctx.businessId,
        conversationId: id,
        channelId,
        outboundDedupeKey: key,
        replyType: "ANSWER",
        normalizedQuestionKey: null,
        inboundMessageId: messageId,
        text,
      });
      if (enqueued.written) throw new NotBlocked();
      await recordActivity(tx, ctx, {
        action: "retry.simulated",
        entity: "conversation",
        entityId: id,
        after: { messageId, stoppedBy: enqueued.id, outboundDedupeKey: key },
      });
      return true;
    });
  } catch (error) {
    if (error instanceof NotBlocked) return false;
    throw error;
  }
}
