import type { Conversation } from "@/lib/conversation/schema";

type State = Pick<Conversation, "optedOut" | "channelPaused" | "windowClosesAt">;

/** Why nothing can be sent here now, in words; null: a reply may go out. */
export function whyNotReply({ optedOut, channelPaused, windowClosesAt }: State, now: number): string | null {
  if (optedOut) return "The customer asked for no more messages. You can reply once they write again.";
  if (channelPaused) return "The channel is paused, so nothing is sent. Look at the channel's alert first.";
  if (!windowClosesAt) return "The customer has not written yet. WhatsApp lets you reply once they do.";
  if (Date.parse(windowClosesAt) <= now)
    return "The customer last wrote more than 24 hours ago. WhatsApp lets you reply once they write again.";
  return null;
}
