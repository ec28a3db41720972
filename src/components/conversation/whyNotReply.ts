import type { Conversation } from "@/lib/conversation/schema";

type State = Pick<Conversation, "businessSuspended" | "optedOut" | "channelPaused" | "windowClosesAt">;

/** Why nothing can be sent here now, and what helps; null: a reply may go out. */
export function whyNotReply(state: State, now: number): string | null {
  const { businessSuspended, optedOut, channelPaused, windowClosesAt } = state;
  if (businessSuspended) return "The business is suspended, so nothing is sent. Write to support.";
  if (optedOut) return "The customer asked for no more messages. You can reply once they write START.";
  if (channelPaused)
    return "The channel is paused, so nothing is sent. An owner can resume it at the top of the inbox.";
  if (!windowClosesAt) return "The customer has not written yet. WhatsApp lets you reply once they do.";
  if (Date.parse(windowClosesAt) <= now)
    return "The customer last wrote more than 24 hours ago. WhatsApp lets you reply once they write again.";
  return null;
}
