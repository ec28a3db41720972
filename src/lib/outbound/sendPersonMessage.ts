import { recordActivity } from "@/lib/activity/record";
import { resolveAlert } from "@/lib/alerts/queries";
import type { Ctx } from "@/lib/context";
import { AppError } from "@/lib/error-handler";
import { WINDOW_MS } from "./cancelReason";
import { outboundDedupeKey as keyOf } from "./dedupeKey";
import { businessStatus, findByKey, findForPerson, lockConversation, takeOverFor } from "./queries";
import { sendOutboundWithIdempotency } from "./sendWithIdempotency";

/**
 * Sends a person's message through the same outbound log as the receptionist's, and hands the conversation to that
 * person. The same idempotency key twice is one message. Returns the outbound row's id. Throws NOT_FOUND, OPTED_OUT,
 * WINDOW_CLOSED, CHANNEL_PAUSED, BUSINESS_SUSPENDED, IDEMPOTENCY_KEY_REUSED.
 */
export async function sendPersonMessage(
  ctx: Ctx,
  conversationId: string,
  text: string,
  idempotencyKey: string,
): Promise<string> {
  if (ctx.actor.kind !== "user") throw new AppError("FORBIDDEN");
  const { userId } = ctx.actor;
  return ctx.db.$transaction(async (tx) => {
    await lockConversation(tx, conversationId);
    const outboundDedupeKey = keyOf(conversationId, { kind: "person", idempotencyKey });
    const before = await findByKey(tx, ctx.businessId, outboundDedupeKey);
    if (before && before.text !== text) throw new AppError("IDEMPOTENCY_KEY_REUSED");
    // What was accepted once is answered the same again, whatever has changed since.
    if (before) return before.id;
    const conversation = await findForPerson(tx, ctx.businessId, conversationId);
    if (!conversation) throw new AppError("NOT_FOUND");
    if ((await businessStatus(tx, ctx.businessId)) === "SUSPENDED") throw new AppError("BUSINESS_SUSPENDED");
    if (conversation.contact.optedOutAt) throw new AppError("OPTED_OUT");
    if (conversation.channel.status === "PAUSED") throw new AppError("CHANNEL_PAUSED");
    const { lastInboundAt } = conversation;
    if (!lastInboundAt || ctx.now().getTime() - lastInboundAt.getTime() > WINDOW_MS)
      throw new AppError("WINDOW_CLOSED");
    if (conversation.handler === "AI") {
      await takeOverFor(tx, conversationId, userId, ctx.now());
      await recordActivity(tx, ctx, {
        action: "conversation.takenOver",
        entity: "conversation",
        entityId: conversationId,
        after: { by: "message" },
      });
    }
    await resolveAlert(tx, ctx.businessId, "person_needed", conversationId);
    const { id } = await sendOutboundWithIdempotency(tx, {
      businessId: ctx.businessId,
      conversationId,
      channelId: conversation.channelId,
      outboundDedupeKey,
      replyType: "PERSON",
      normalizedQuestionKey: null,
      inboundMessageId: null,
      text,
      authorUserId: userId,
    });
    return id;
  });
}
