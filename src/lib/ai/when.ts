import { TZDate, tzOffset } from "@date-fns/tz";
import * as chrono from "chrono-node";
import { addDays, format } from "date-fns";
import { type Expanded, expandDates, originalSpan } from "@/lib/ai/dateWords";
import type { Hours } from "@/lib/business/schema";

/** A moment as instant (ISO, UTC) and local date-time or date alone, or words that name none. */
export type WhenValue = { instant: string; local: string; timeZone: string } | { text: string };

interface WhenFound {
  start: number;
  end: number;
  normalized: WhenValue;
  confidence: number;
}
type Place = { timeZone: string; country: string; hours: Hours };
type Clock = { timeZone: string; hours: Hours; now: Date };
type Part = { date: chrono.ParsedResult | null; time: chrono.ParsedResult | null };

const PERIOD = /\b(?:morning|afternoon|evening|night)\b/i;
const VAGUE = /\b(?:week|weekend|month|year)s?\b/i;
const DURATION = /^(?:for\b|\d|an?\b|few\b|half\b|couple\b|several\b)/i;
const UNIT = /\b(?:second|sec|minute|min|hour|hr|day|week|month|year)s?\b/i;
const PAST =
  /\b(?:since|broke|broken|stopped|started|died|failed|went|happened|noticed|moved|was|were|had|came|been|bought|installed|visited)\b[^.!?;\n]{0,40}$/i;
const NO_DATE =
  /\b(?:asap|a\.s\.a\.p\.?|as soon as possible|as soon as (?:you|u) can|right away|right now|straight ?away|immediately|urgently|urgent|emergency|any ?time(?: (?:this|next) week)?(?: (?:is|works|suits)(?: fine| me)?)?|any day|whenever(?: (?:you can|suits you|is good))?|i(?:'|’)?m flexible|flexible|no rush|(?:in the )?(?:mornings?|afternoons?|evenings?)(?: only)?|weekdays?|weekends?|after work|(?:sometime |early |late |later |end of )?(?:this|next) (?:week|weekend|month)|(?:the )?end of the (?:week|month)|in a (?:few|couple of) (?:days|weeks)|soon)\b/i;
const LEAD_IN = /(?:\b(?:any ?time )?(?:after|before|by|around|about|from|until|till|early|late|first thing)\s+)$/i;

/** The moment a text asks for, in the business's zone; words without a date ("asap") stay words; null when none is named. */
export function findWhen(text: string, business: Place, knownWhen: string | undefined, now: Date): WhenFound | null {
  const clock: Clock = { timeZone: business.timeZone, hours: business.hours, now };
  const expanded = expandDates(text, new TZDate(now, business.timeZone));
  const results = parse(expanded.text, business.country, clock).filter((one) => isRequest(one, expanded.text, clock));
  const part = join(results);
  const known = knownDate(knownWhen, business.country, clock);
  // Vague words take nothing away from a day that is agreed.
  const words = known ? null : wordsOnly(text, expanded);
  if (!part.date && !part.time) return words;
  const span = spanOf(part, expanded);
  const alternatives = results.filter(hasDate).length > 1 ? 0.2 : 0;
  const resolved = resolve(part, known, clock);
  if (!resolved) return words ?? { ...span, normalized: { text: text.slice(span.start, span.end) }, confidence: 0.5 };
  return { ...span, normalized: resolved.normalized, confidence: resolved.confidence - alternatives };
}

function parse(text: string, country: string, { timeZone, now }: Clock): chrono.ParsedResult[] {
  const parser = country === "US" || country === "PH" ? chrono.en.casual : chrono.en.GB;
  return parser.parse(text, { instant: now, timezone: tzOffset(timeZone, now) }, { forwardDate: true });
}

/** Leaves out what chrono reads as a date but nobody asks for: durations, the past, bare months. */
function isRequest(result: chrono.ParsedResult, text: string, clock: Clock): boolean {
  const { start } = result;
  if (VAGUE.test(result.text) && !start.isCertain("hour") && !isRelative(result)) return false;
  if (UNIT.test(result.text) && DURATION.test(result.text)) return false;
  if (/^(?:now|24\/7)$/i.test(result.text)) return false;
  if (/\bago\b|\blast\b|\byesterday\b|\bprevious\b/i.test(result.text)) return false;
  if (!hasDate(result) && !start.isCertain("hour") && !PERIOD.test(result.text)) return false;
  const today = format(new TZDate(clock.now, clock.timeZone), "yyyy-MM-dd");
  if (hasDate(result) && isoDate(start) < today) return false;
  return !PAST.test(text.slice(Math.max(0, result.index - 60), result.index));
}

const isRelative = (result: chrono.ParsedResult) =>
  /^(?:with)?in\b/i.test(result.text) && /\d|\b(?:an?|two|three)\b/i.test(result.text);
const hasDate = ({ start, text }: chrono.ParsedResult) =>
  start.isCertain("day") || start.isCertain("weekday") || /^this\b/i.test(text);
const hasTime = ({ start, text }: chrono.ParsedResult) => start.isCertain("hour") || PERIOD.test(text);

/** The date and, from the same words or close by, the time of day. */
function join(results: chrono.ParsedResult[]): Part {
  const date = results.find((one) => hasDate(one) && one.start.isCertain("hour")) ?? results.find(hasDate) ?? null;
  if (date?.start.isCertain("hour")) return { date, time: date };
  const others = results.filter((one) => one !== date && !hasDate(one) && hasTime(one));
  const near = others.find((one) => !date || Math.abs(one.index - date.index) <= 60) ?? null;
  if (date) return { date, time: near?.start.isCertain("hour") ? near : null };
  return { date: null, time: near?.start.isCertain("hour") ? near : null };
}

function spanOf({ date, time }: Part, expanded: Expanded): { start: number; end: number } {
  const used = [date, time].filter((one) => one !== null);
  const start = Math.min(...used.map((one) => one.index));
  const end = Math.max(...used.map((one) => one.index + one.text.length));
  const leadIn = LEAD_IN.exec(expanded.text.slice(Math.max(0, start - 24), start))?.[0].length ?? 0;
  return originalSpan(expanded, start - leadIn, end);
}

function resolve(part: Part, known: string | null, clock: Clock): { normalized: WhenValue; confidence: number } | null {
  const { date, time } = part;
  if (time?.start.isCertain("timezoneOffset") && (date === null || date === time)) {
    return { normalized: moment(new TZDate(time.start.date(), clock.timeZone)), confidence: 0.95 };
  }
  const day = date ? isoDate(date.start) : known;
  if (!time) return day ? { normalized: dayAlone(day, clock), confidence: 0.85 } : null;
  const sure = time.start.get("meridiem") !== null && time.start.isCertain("meridiem");
  let when = atTime(day ?? isoDate(new TZDate(clock.now, clock.timeZone)), time, clock);
  if (when <= clock.now && !day) when = addDays(when, 1) as TZDate;
  if (when <= clock.now && date?.start.isCertain("weekday") && !date.start.isCertain("day"))
    when = addDays(when, 7) as TZDate;
  if (when <= clock.now) return null;
  return { normalized: moment(when), confidence: date ? (sure ? 0.95 : 0.85) : 0.75 };
}

function atTime(day: string, { start }: chrono.ParsedResult, clock: Clock): TZDate {
  const hour = start.get("hour") ?? 0;
  const minute = start.get("minute") ?? 0;
  const at = (h: number) => new TZDate(...ymd(day), h, minute, clock.timeZone);
  if (start.isCertain("meridiem") || hour === 0 || hour > 11) return at(hour);
  const [early, late] = [at(hour), at(hour + 12)];
  const opens = [isOpen(early, clock.hours), isOpen(late, clock.hours)];
  if (opens[0] !== opens[1]) return opens[0] ? early : late;
  return hour < 7 ? late : early;
}

function isOpen(at: TZDate, hours: Hours): boolean {
  const day = (["sun", "mon", "tue", "wed", "thu", "fri", "sat"] as const)[at.getDay()]!;
  const clock = format(at, "HH:mm");
  return (hours[day] ?? []).some(([from, until]) => from <= clock && clock < until);
}

/** The day already agreed, when only a time is said now. */
function knownDate(known: string | undefined, country: string, clock: Clock): string | null {
  const result = known ? parse(known.slice(0, 200), country, clock).find(hasDate) : undefined;
  return result ? isoDate(result.start) : null;
}

function moment(at: TZDate): WhenValue {
  return {
    instant: new Date(at.getTime()).toISOString(),
    local: format(at, "yyyy-MM-dd'T'HH:mm"),
    timeZone: at.timeZone!,
  };
}

function dayAlone(day: string, { timeZone }: Clock): WhenValue {
  return { instant: new Date(new TZDate(...ymd(day), timeZone).getTime()).toISOString(), local: day, timeZone };
}

function isoDate(at: chrono.ParsedComponents | TZDate): string {
  if (at instanceof TZDate) return format(at, "yyyy-MM-dd");
  const two = (n: number | null) => String(n).padStart(2, "0");
  return `${String(at.get("year")).padStart(4, "0")}-${two(at.get("month"))}-${two(at.get("day"))}`;
}

function ymd(day: string): [number, number, number] {
  const [year, month, date] = day.split("-").map(Number);
  return [year!, month! - 1, date!];
}

function wordsOnly(text: string, expanded: Expanded): WhenFound | null {
  const match = NO_DATE.exec(expanded.text);
  if (!match || PAST.test(text.slice(Math.max(0, match.index - 60), match.index))) return null;
  const span = originalSpan(expanded, match.index, match.index + match[0].length);
  const words = text.slice(span.start, span.end);
  const passing = /\b(?:mornings?|afternoons?|evenings?|soon|emergency|urgent)\b/i.test(words);
  return { ...span, normalized: { text: words }, confidence: passing ? 0.6 : 0.8 };
}
