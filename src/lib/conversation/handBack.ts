import type { Ctx } from "@/lib/context";
import { changeHandler } from "@/lib/conversation/changeHandler";
import type { Conversation } from "@/lib/conversation/schema";

/** The receptionist handles the conversation again. Safe to call twice. Throws NOT_FOUND. */
export async function handBack(ctx: Ctx, conversationId: string): Promise<Conversation> {
  return changeHandler(ctx, conversationId, "conversation.handedBack", { handler: "AI", handlerUserId: null });
}
