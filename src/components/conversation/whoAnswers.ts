import type { Conversation } from "@/lib/conversation/schema";

/** Who handles a conversation, in words. */
export function whoAnswers(state: Pick<Conversation, "handler" | "handlerUserId" | "handlerName">): string {
  if (state.handler === "AI") return "The receptionist answers";
  if (state.handlerUserId === null) return "Waiting for a person; the receptionist is silent";
  return `${state.handlerName || "A person"} answers; the receptionist is silent`;
}
