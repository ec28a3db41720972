import type { LeadField } from "@/lib/leads/schema";

/** Every sentence the receptionist says. No price, time or promise stands here: a person confirms. */
export const texts = {
  hello: (business: string) => `Hello, you have reached ${business}. I am the automated assistant.`,
  understood: (summary: string) => `I have noted ${summary}.`,
  noted: "Thank you, I have noted that.",
  repeat: "Thank you for your message.",
  questions: {
    service: "What can we help you with?",
    when: "When would suit you?",
    where: "Where is it? An address or a postcode is enough.",
    name: "What name should we put this under?",
  } satisfies Record<LeadField, string>,
  again: {
    service: "Which service do you need, in a few words?",
    when: "Which day and time would you prefer?",
    where: "Which address or area is it for?",
    name: "May I have your name?",
  } satisfies Record<LeadField, string>,
  closing: (business: string, summary: string | null) =>
    summary
      ? `Thank you. This is what I have noted: ${summary}. A person from ${business} will confirm the details with you here.`
      : `Thank you. A person from ${business} will read your messages and reply to you here.`,
  updated: (summary: string) =>
    `Thank you, I have updated my notes: ${summary}. A person will confirm the details with you here.`,
  willReply: (business: string) =>
    `Thank you, I have passed that on. A person from ${business} will get back to you here.`,
  handover: (business: string) =>
    `Of course. I am handing this conversation to a person at ${business}, who will reply to you here. You can add anything they should know in the meantime.`,
  optedOut: (business: string) =>
    `You will not receive any more messages from ${business}. Reply START if you change your mind.`,
  welcomeBack: (business: string) => `Welcome back. You will receive messages from ${business} again. How can we help?`,
  unsupported:
    "I cannot read that kind of message. Please write it as text, or send a photo, a voice message or a document.",
};

const SAID: Record<LeadField, (value: string) => string> = {
  service: (value) => value,
  when: (value) => value,
  where: (value) => value,
  name: (value) => `the name ${value}`,
};

/** What is known, as one line: "Plumbing, tomorrow at 3, the name Jo"; null when nothing is. */
export function summary(known: Partial<Record<LeadField, string>>): string | null {
  const parts = Object.entries(SAID).flatMap(([field, say]) => {
    const value = known[field as LeadField];
    return value ? [say(shortened(value))] : [];
  });
  return parts.length > 0 ? parts.join(", ") : null;
}

/** A customer's words on one line, short enough to be said back. */
function shortened(words: string): string {
  const line = [...words.replace(/[\s\p{Cc}]+/gu, " ").trim()];
  return line.length > 100 ? `${line.slice(0, 99).join("")}…` : line.join("");
}
