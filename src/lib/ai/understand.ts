import { asksForPerson, isGreeting, isOptIn, isOptOut, isQuestion, isThanks, plainWords } from "@/lib/ai/intent";
import { findName, looksLikeName } from "@/lib/ai/personName";
import { type Found, findPlace } from "@/lib/ai/place";
import { findService, type OfferedService } from "@/lib/ai/service";
import { findWhen, type WhenValue } from "@/lib/ai/when";
import type { Hours, ServiceTypeEnum } from "@/lib/business/schema";
import { LEAD_FIELDS, type LeadField } from "@/lib/leads/schema";

export interface BusinessProfile {
  name: string;
  timeZone: string;
  country: string;
  hours: Hours;
  services: OfferedService[];
}

export interface Said {
  messageId: string;
  type: string;
  text: string | null;
  sentAt: Date;
}

/** What a fact means: a service; a moment or words for one; a place or name as the words themselves. */
export type FactValue = { serviceTypeEnum: ServiceTypeEnum; serviceTypeId: string | null } | WhenValue;

/** One thing learned: `value` is the words as said, the span their UTF-16 offsets in that message's text. */
export interface Fact {
  field: LeadField;
  value: string;
  normalized: FactValue;
  messageId: string;
  spanStart: number;
  spanEnd: number;
  engine: "built-in";
  confidence: number;
}

export type Intent = "enquiry" | "person" | "optOut" | "optIn" | "thanks" | "other";

export interface Understanding {
  facts: Fact[];
  intent: Intent;
  /** an `unsupported` message arrived and nothing else that is replied to */
  unsupportedOnly: boolean;
  greetingOnly: boolean;
  /** the customer opened the chat and asks to be welcomed */
  welcome: boolean;
}

export interface UnderstandInput {
  said: Said[];
  business: BusinessProfile;
  lastQuestionKey: LeadField | null;
  known: Partial<Record<LeadField, string>>;
}

const MOST = 4000;
/** Characters of one turn, newest messages first, so that a flood of long messages cannot hold the worker up. */
const MOST_IN_TURN = 64_000;
const ENGINE = "built-in";
/** Not answered by themselves: the list is WhatsApp's. */
const UNANSWERED = new Set(["reaction", "edit", "revoke", "system", "request_welcome"]);
const LEAD_IN: Record<LeadField, RegExp> = {
  service:
    /^(?:i need|i want|i(?:'|’)?d like|i would like|i(?:'|’)?m looking for|looking for|need|want|it(?:'|’)?s (?:about|for)|its (?:about|for)|just|about|for)\s+/iu,
  when: /^(?:how about|maybe|probably|preferably|ideally|it(?:'|’)?s|its|on|at)\s+/iu,
  where:
    /^(?:it(?:'|’)?s|its|i(?:'|’)?m|im|we(?:'|’)?re|at|in|on|near|the address is|my address is|address is|address:|for)\s+/iu,
  name: /^(?:it(?:'|’)?s|its|i(?:'|’)?m|im|i am|this is|the name is|name is|call me|yes,?|yeah,?|sure,?|ok,?|okay,?|hi,?|hello,?|just)\s+/iu,
};
const LONGEST: Record<LeadField, number> = { service: 120, when: 60, where: 120, name: 60 };
const GUESS: Record<LeadField, number> = { service: 0.4, when: 0.4, where: 0.6, name: 0.75 };
const NO_ANSWER =
  /^(?:y|yes|yeah|yep|no|nope|nah|none|maybe|sure|skip|pass|idk|dunno|nothing|hm+|um+|not sure(?: yet)?|i (?:dont|do not) know(?: yet)?|no idea|(?:i would |id |i )?rather not(?: say)?|never mind|nvm|what|why|lol|haha|wait|one (?:sec|moment|minute)|test|testing)$/;
const CHANGES = /\b(?:need|want|actually|instead|rather|change|looking for|book|also|sorry|meant|correction|like)\b/i;

/** Reads one turn of a customer's messages; pure and deterministic, never throws on any text. */
export function understand(input: UnderstandInput): Understanding {
  const due = input.said.filter((one) => !UNANSWERED.has(one.type));
  const texts = due.filter((one) => one.type !== "unsupported").map((one) => (one.text ?? "").slice(0, MOST));
  const spoken = texts.filter((text) => text.trim() !== "");
  const analysed = withinBudget(due);
  const facts = newestPerField(
    analysed.flatMap((one) => (one.text?.trim() ? factsOf(one, input, one === due.at(-1)) : [])),
  );
  return {
    facts,
    intent: intentOf(texts, spoken, facts, input.business.name),
    unsupportedOnly: due.length > 0 && due.every((one) => one.type === "unsupported"),
    greetingOnly:
      spoken.length > 0 && spoken.length === texts.length && spoken.every((t) => isGreeting(t, input.business.name)),
    welcome: input.said.some((one) => one.type === "request_welcome"),
  };
}

function withinBudget(said: Said[]): Said[] {
  let left = MOST_IN_TURN;
  return said
    .toReversed()
    .filter((one) => (left -= Math.min(one.text?.length ?? 0, MOST)) >= 0)
    .reverse();
}

function intentOf(texts: string[], spoken: string[], facts: Fact[], businessName: string): Intent {
  const lastCommand = spoken.findLast((text) => isOptOut(text) || isOptIn(text));
  if (lastCommand !== undefined) return isOptOut(lastCommand) ? "optOut" : "optIn";
  if (spoken.some(asksForPerson)) return "person";
  if (facts.length > 0) return "enquiry";
  if (spoken.length > 0 && spoken.length === texts.length && spoken.every(isThanks)) return "thanks";
  return spoken.some((text) => /\p{L}{2}/u.test(text) && !isGreeting(text, businessName) && !isThanks(text))
    ? "enquiry"
    : "other";
}

function factsOf(said: Said, input: UnderstandInput, last: boolean): Fact[] {
  const text = (said.text ?? "").slice(0, MOST);
  if (isOptOut(text) || isOptIn(text) || isThanks(text) || isGreeting(text, input.business.name)) return [];
  const { business, known, lastQuestionKey } = input;
  const make = (field: LeadField, found: Found, normalized: FactValue): Fact => ({
    field,
    value: text.slice(found.start, found.end),
    normalized,
    messageId: said.messageId,
    spanStart: found.start,
    spanEnd: found.end,
    engine: ENGINE,
    confidence: Math.round(found.confidence * 100) / 100,
  });
  const asText = (field: LeadField, found: Found | null): Fact[] =>
    found ? [make(field, found, { text: text.slice(found.start, found.end) })] : [];

  if (said.type === "location" && text.trim()) return asText("where", { start: 0, end: text.length, confidence: 0.9 });
  const facts = asText("name", findName(text));
  const place = findPlace(without(text, facts, business.name), business.country);
  // Once a place is known a passing "at Tesco" is not a new one.
  if (place && (!known.where || lastQuestionKey === "where" || place.confidence >= 0.8))
    facts.push(...asText("where", place));
  // "Tomorrow" counts from when it was said, however late it arrives.
  const when = findWhen(without(text, facts), business, known.when, said.sentAt);
  if (when) facts.push(make("when", when, when.normalized));
  const service = findService(without(text, facts, business.name), business.services);
  if (service && (!known.service || lastQuestionKey === "service" || CHANGES.test(text))) {
    const { serviceTypeEnum, serviceTypeId } = service;
    facts.push(make("service", service, { serviceTypeEnum, serviceTypeId }));
  }
  const answer = last ? findAnswer(text, facts, input) : null;
  if (!answer || !lastQuestionKey) return facts;
  const value: FactValue =
    lastQuestionKey === "service"
      ? { serviceTypeEnum: "OTHER", serviceTypeId: null }
      : { text: text.slice(answer.start, answer.end) };
  return [...facts.filter((fact) => !overlaps(fact, answer)), make(lastQuestionKey, answer, value)];
}

/** A short answer to the question that was asked, in words that no rule knows. */
function findAnswer(text: string, facts: Fact[], { lastQuestionKey: field, known }: UnderstandInput): Found | null {
  if (!field || known[field] || facts.some((fact) => fact.field === field)) return null;
  if (isQuestion(text) || asksForPerson(text)) return null;
  // A name may be a trade's or a month's word: facts that would only repeat what is known give way to it.
  const others = field === "name" && looksLikeName(text) ? facts.filter((fact) => !known[fact.field]) : facts;
  // What is left beside another fact is its sentence ("it is at 12 Oak Street"), not an answer.
  if (field === "when" && others.length > 0) return null;
  const found = longestPiece(text, others, LEAD_IN[field]);
  const words = text.slice(found.start, found.end);
  if (words.length > LONGEST[field] || words.includes("\n") || NO_ANSWER.test(plainWords(words))) return null;
  if (field === "name" ? !looksLikeName(words) : !/\p{L}{2}|\d/u.test(words)) return null;
  return { ...found, confidence: GUESS[field] };
}

/** The longest stretch that belongs to no other fact, without the words that lead into an answer. */
function longestPiece(text: string, facts: Fact[], leadIn: RegExp): { start: number; end: number } {
  const cuts = facts.map((fact) => [fact.spanStart, fact.spanEnd] as const).sort((a, b) => a[0] - b[0]);
  let from = 0;
  let best = { start: 0, end: 0 };
  for (const [start, end] of [...cuts, [text.length, text.length] as const]) {
    const piece = trimmed(text, from, start, leadIn);
    if (piece.end - piece.start > best.end - best.start) best = piece;
    from = Math.max(from, end);
  }
  return best;
}

function trimmed(text: string, start: number, end: number, leadIn: RegExp): { start: number; end: number } {
  const edge = /[\s,.;:!()"“”\u0000\p{Extended_Pictographic}\u{FE0F}-]/u;
  while (end > start && edge.test(text[end - 1]!)) end--;
  for (let again = 0; again < 3; again++) {
    while (start < end && edge.test(text[start]!)) start++;
    start += leadIn.exec(text.slice(start, end))?.[0].length ?? 0;
  }
  end =
    start + text.slice(start, end).replace(/[\s,]+(?:please|pls|plz|thanks|thank you|thx|and|at|on|in)$/iu, "").length;
  return { start, end };
}

/** The text with what is already read, and the business's own name, blanked out at the same offsets. */
function without(text: string, facts: Fact[], ownName?: string): string {
  const blanked = facts.reduce(
    (left, fact) =>
      left.slice(0, fact.spanStart) + " ".repeat(fact.spanEnd - fact.spanStart) + left.slice(fact.spanEnd),
    text,
  );
  const name = ownName?.trim() ?? "";
  const at = name.includes(" ") ? blanked.toLowerCase().indexOf(name.toLowerCase()) : -1;
  return at < 0 ? blanked : blanked.slice(0, at) + " ".repeat(name.length) + blanked.slice(at + name.length);
}

function overlaps(fact: Fact, span: { start: number; end: number }): boolean {
  return fact.spanStart < span.end && fact.spanEnd > span.start;
}

/** One fact a field: the later one, unless it is much less sure. */
function newestPerField(facts: Fact[]): Fact[] {
  const best = new Map<LeadField, Fact>();
  for (const fact of facts) {
    const held = best.get(fact.field);
    if (!held || fact.confidence >= held.confidence - 0.2) best.set(fact.field, fact);
  }
  return LEAD_FIELDS.flatMap((field) => best.get(field) ?? []);
}
