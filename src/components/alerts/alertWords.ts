import type { AlertItem, AlertKind } from "@/lib/alerts/schema";

const TITLES: Record<AlertKind, string> = {
  channel_paused: "A channel is paused",
  uncertain_send: "A message may not have arrived",
  person_needed: "A customer waits for a person",
  limiter_away: "Rate limits were not counted",
  provider_notice: "A notice from WhatsApp",
  unknown_number: "A message for a number that nobody holds",
  strange_delivery: "A delivery that was not fully understood",
};

/** What an alert is about, in words. */
export function alertTitle({ kind }: Pick<AlertItem, "kind">): string {
  return TITLES[kind];
}

/** The conversation that an alert is about, or null. */
export function alertConversation({ kind, subject }: Pick<AlertItem, "kind" | "subject">): string | null {
  return kind === "uncertain_send" || kind === "person_needed" ? subject : null;
}

/** How often, where more than once. */
export function alertCount({ count }: Pick<AlertItem, "count">): string | null {
  return count > 1 ? `${count} times` : null;
}
