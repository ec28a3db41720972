import type { Ctx } from "@/lib/context";
import { clearUnread, loadConversation } from "@/lib/conversation/queries";
import type { Conversation } from "@/lib/conversation/schema";
import { publish } from "@/lib/events/publish";

/** Nothing in the conversation is unread any more. Other dashboards hear of it only if something was. Throws NOT_FOUND. */
export async function markRead(ctx: Ctx, conversationId: string): Promise<Conversation> {
  return ctx.db.$transaction(async (tx) => {
    if (await clearUnread(tx, ctx.businessId, conversationId))
      await publish(tx, ctx.businessId, "conversation.read", { conversationId });
    return loadConversation(tx, ctx.businessId, conversationId);
  });
}
