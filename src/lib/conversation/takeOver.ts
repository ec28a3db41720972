import type { Ctx } from "@/lib/context";
import { changeHandler } from "@/lib/conversation/changeHandler";
import type { Conversation } from "@/lib/conversation/schema";

/** The acting user handles the conversation from here; the receptionist is silent in it. Safe to call twice. Throws NOT_FOUND. */
export async function takeOver(ctx: Ctx, conversationId: string): Promise<Conversation> {
  const handlerUserId = ctx.actor.kind === "user" ? ctx.actor.userId : null;
  return changeHandler(ctx, conversationId, "conversation.takenOver", { handler: "PERSON", handlerUserId });
}
