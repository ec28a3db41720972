import { recordActivity } from "@/lib/activity/record";
import type { Ctx } from "@/lib/context";
import type { Tx } from "@/lib/db";
import { AppError } from "@/lib/error-handler";
import { publish } from "@/lib/events/publish";
import { outboundDedupeKey } from "./dedupeKey";
import { advance, findOutbound, lockConversation } from "./queries";
import { settled } from "./settled";
import { sendOutboundWithIdempotency } from "./sendWithIdempotency";

/**
 * "Send again": a person decides that an uncertain message shall go out once more, as a new row that names the old one.
 * Twice is once. Returns the new row's id. Throws NOT_FOUND, OUTBOUND_NOT_UNCERTAIN.
 */
export async function sendAgain(ctx: Ctx, id: string): Promise<string> {
  return ctx.db.$transaction(async (tx) => {
    const row = await resolve(tx, ctx, id, "SENT_AGAIN");
    const again = await sendOutboundWithIdempotency(tx, {
      businessId: ctx.businessId,
      conversationId: row.conversationId,
      channelId: row.channelId,
      outboundDedupeKey: outboundDedupeKey(row.conversationId, { kind: "again", outboundId: row.id }),
      // Whatever it was, a person wants it sent now: taking over does not cancel it.
      replyType: "PERSON",
      normalizedQuestionKey: row.normalizedQuestionKey,
      inboundMessageId: row.inboundMessageId,
      text: row.text,
      resendOfId: row.id,
      ...(ctx.actor.kind === "user" && { authorUserId: ctx.actor.userId }),
    });
    return again.id;
  });
}

/** "Leave it": a person closes an uncertain message; nothing is sent. Throws NOT_FOUND, OUTBOUND_NOT_UNCERTAIN. */
export async function leaveIt(ctx: Ctx, id: string): Promise<string> {
  return ctx.db.$transaction(async (tx) => (await resolve(tx, ctx, id, "LEFT")).id);
}

async function resolve(tx: Tx, ctx: Ctx, id: string, resolution: "SENT_AGAIN" | "LEFT") {
  const found = await findOutbound(tx, ctx.businessId, id);
  if (!found) throw new AppError("NOT_FOUND");
  await lockConversation(tx, found.conversationId);
  const row = (await findOutbound(tx, ctx.businessId, id)) ?? found;
  const repeated = row.resolution === resolution;
  if (!repeated && (row.resolvedAt || !row.escalatedAt)) throw new AppError("OUTBOUND_NOT_UNCERTAIN");
  if (repeated) return row;
  if (!(await advance(tx, { id, status: ["UNKNOWN"], resolvedAt: null }, { resolvedAt: ctx.now(), resolution })))
    throw new AppError("OUTBOUND_NOT_UNCERTAIN");
  await settled(tx, ctx.businessId, row.conversationId);
  await recordActivity(tx, ctx, {
    action: "outbound.resolved",
    entity: "conversation",
    entityId: row.conversationId,
    after: { id, resolution },
  });
  await publish(tx, ctx.businessId, "conversation.changed", { conversationId: row.conversationId });
  return row;
}
