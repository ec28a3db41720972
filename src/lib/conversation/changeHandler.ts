import { recordActivity } from "@/lib/activity/record";
import { resolveAlert } from "@/lib/alerts/queries";
import type { Ctx } from "@/lib/context";
import { loadConversation, lockHandler, setHandler } from "@/lib/conversation/queries";
import type { Conversation } from "@/lib/conversation/schema";
import { publish } from "@/lib/events/publish";

interface Handler {
  handler: "AI" | "PERSON";
  handlerUserId: string | null;
}

/**
 * Gives a conversation to a person or to the receptionist; nothing is written where it already is with them.
 * Throws NOT_FOUND.
 */
export async function changeHandler(
  ctx: Ctx,
  conversationId: string,
  action: "conversation.takenOver" | "conversation.handedBack",
  after: Handler,
): Promise<Conversation> {
  const { businessId } = ctx;
  return ctx.db.$transaction(async (tx) => {
    const { id, ...before } = await lockHandler(tx, businessId, conversationId);
    if (before.handler !== after.handler || before.handlerUserId !== after.handlerUserId) {
      await resolveAlert(tx, businessId, "person_needed", id);
      await setHandler(tx, businessId, id, { ...after, handlerSince: ctx.now() });
      await recordActivity(tx, ctx, {
        action,
        entity: "conversation",
        entityId: id,
        before: { ...before },
        after: { ...after },
      });
      await publish(tx, businessId, "conversation.changed", { conversationId: id });
    }
    return loadConversation(tx, businessId, id);
  });
}
