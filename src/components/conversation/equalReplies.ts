import type { ConversationItem } from "@/lib/conversation/schema";

/** How many of a person's replies say exactly this. */
export function equalReplies(items: ConversationItem[], text: string): number {
  return items.filter((item) => item.kind === "outbound" && item.replyType === "PERSON" && item.text === text).length;
}
