import type { ServiceTypeEnum } from "@/lib/business/schema";
import { TRADE_PHRASES } from "@/lib/ai/trades";

/** A service as the business names it. */
export interface OfferedService {
  id: string;
  name: string;
  serviceTypeEnum: ServiceTypeEnum;
  synonyms: string[];
}

interface ServiceFound {
  start: number;
  end: number;
  serviceTypeEnum: ServiceTypeEnum;
  serviceTypeId: string | null;
  confidence: number;
}

interface Entry {
  words: string[];
  serviceTypeEnum: ServiceTypeEnum;
  serviceTypeId: string | null;
  confidence: number;
}
interface Token {
  word: string;
  start: number;
  end: number;
  guessed: boolean;
}
type Match = ServiceFound & { own: boolean };

const FUZZY_FROM = 6;
/** English words that stand one letter from a trade's word and mean something else. */
const NOT_MISSPELT = new Set(
  `leaving, clearer, clever, cleared, cleaver, mother, morning, master, matter, flight, places, plumper, pointer, printer,
  printing, pointing, planting, parents, patents, heading, hearing, living, loving, guitar, grooms, broken, bright, sister,
  dinner, driver, silver, filter, family, friend, foster, letter, lesson, lemon, lender, looking, locked, blocked, meeting,
  moment, market, tomorrow, toilets, hosting, calling, waiting, warding, wiring, paining, counting, lighting, lightning,
  sitting, setting, fitting, hitting, closing, raining, roaming, rooming, removed, remover, booking, cooking, docket, rocket,
  garage, charge, change, screen, street, stolen, moving, mowing, training, treading, reading, marking, banking, packed`
    .split(",")
    .map((word) => stem(word.trim())),
);

const tradeEntries: Entry[] = TRADE_PHRASES.map(({ phrase, trade }) => ({
  words: wordsOf(phrase),
  serviceTypeEnum: trade,
  serviceTypeId: null,
  confidence: 0.85,
}));

/** The service a text asks for: the business's own first, then the trade; the longest wording wins, null when none is named. */
export function findService(text: string, services: OfferedService[]): ServiceFound | null {
  const entries = [...ownEntries(services), ...tradeEntries];
  const tokens = readTokens(text, entries);
  const matches = withoutCovered(allMatches(tokens, entries));
  const best = matches.sort(
    (a, b) => Number(b.own) - Number(a.own) || b.end - b.start - (a.end - a.start) || a.start - b.start,
  )[0];
  if (!best) return null;
  const { own: _own, ...found } = best;
  return { ...found, serviceTypeId: found.serviceTypeId ?? onlyServiceOf(services, found.serviceTypeEnum) };
}

function ownEntries(services: OfferedService[]): Entry[] {
  return services.flatMap((service) =>
    [service.name, ...service.synonyms]
      .map((wording, i) => ({
        words: wordsOf(wording.slice(0, 200)),
        serviceTypeEnum: service.serviceTypeEnum,
        serviceTypeId: service.id,
        confidence: i === 0 ? 0.95 : 0.9,
      }))
      .filter((entry) => entry.words.length > 0),
  );
}

/** With two services of one trade a trade's word does not say which is meant. */
function onlyServiceOf(services: OfferedService[], trade: ServiceTypeEnum): string | null {
  const ofTrade = services.filter((service) => service.serviceTypeEnum === trade);
  return ofTrade.length === 1 ? ofTrade[0]!.id : null;
}

function readTokens(text: string, entries: Entry[]): Token[] {
  const vocabulary = new Set(entries.flatMap((entry) => entry.words));
  const byInitial = Map.groupBy(
    [...vocabulary].filter((word) => word.length >= FUZZY_FROM),
    (word) => word[0]!,
  );
  const seen = new Map<string, string>();
  return [...text.matchAll(/[\p{L}\p{N}][\p{L}\p{N}\p{M}'’]*/gu)].map((match) => {
    const typed = stem(match[0]);
    let word = seen.get(typed);
    if (word === undefined) {
      word = vocabulary.has(typed) ? typed : (nearest(typed, byInitial) ?? typed);
      seen.set(typed, word);
    }
    return { word, start: match.index, end: match.index + match[0].length, guessed: word !== typed };
  });
}

function nearest(typed: string, byInitial: Map<string, string[]>): string | null {
  if (typed.length < FUZZY_FROM || typed.length > 30 || NOT_MISSPELT.has(typed)) return null;
  const allowed = typed.length >= 10 ? 2 : 1;
  return (
    byInitial
      .get(typed[0]!)
      ?.find((word) => Math.abs(word.length - typed.length) <= allowed && distance(word, typed) <= allowed) ?? null
  );
}

function allMatches(tokens: Token[], entries: Entry[]): Match[] {
  const byFirst = Map.groupBy(entries, (entry) => entry.words[0]!);
  return tokens.flatMap((token, at) =>
    (byFirst.get(token.word) ?? [])
      .filter((entry) => entry.words.every((word, i) => tokens[at + i]?.word === word))
      .map((entry) => {
        const used = tokens.slice(at, at + entry.words.length);
        const guessed = used.some((one) => one.guessed);
        return {
          start: token.start,
          end: used.at(-1)!.end,
          serviceTypeEnum: entry.serviceTypeEnum,
          serviceTypeId: entry.serviceTypeId,
          confidence: guessed ? entry.confidence - 0.15 : entry.confidence,
          own: entry.serviceTypeId !== null,
        };
      }),
  );
}

/** A word inside a longer wording of another trade ("roof" in "leak in the roof") says nothing by itself. */
function withoutCovered(matches: Match[]): Match[] {
  return matches.filter(
    (one) =>
      !matches.some(
        (other) =>
          other.serviceTypeEnum !== one.serviceTypeEnum &&
          other.start <= one.start &&
          other.end >= one.end &&
          other.end - other.start > one.end - one.start,
      ),
  );
}

function wordsOf(phrase: string): string[] {
  return [...phrase.matchAll(/[\p{L}\p{N}][\p{L}\p{N}\p{M}'’]*/gu)].map((match) => stem(match[0]));
}

function stem(word: string): string {
  const plain = word
    .toLowerCase()
    .normalize("NFKD")
    .replace(/\p{M}/gu, "")
    .replace(/['’]s?/gu, "");
  if (plain.length > 4 && plain.endsWith("ies")) return `${plain.slice(0, -3)}y`;
  if (plain.length > 4 && /(?:s|sh|ch|x)es$/.test(plain)) return plain.slice(0, -2);
  if (plain.length > 3 && plain.endsWith("s") && !plain.endsWith("ss")) return plain.slice(0, -1);
  return plain;
}

/** Edits between two words, two swapped neighbours counting as one. */
function distance(a: string, b: string): number {
  let before: number[] = [];
  let row = Array.from({ length: b.length + 1 }, (_, j) => j);
  for (let i = 1; i <= a.length; i++) {
    const next = [i];
    for (let j = 1; j <= b.length; j++) {
      const same = a[i - 1] === b[j - 1] ? 0 : 1;
      next[j] = Math.min(row[j]! + 1, next[j - 1]! + 1, row[j - 1]! + same);
      if (i > 1 && j > 1 && a[i - 1] === b[j - 2] && a[i - 2] === b[j - 1])
        next[j] = Math.min(next[j]!, before[j - 2]! + 1);
    }
    before = row;
    row = next;
  }
  return row[b.length]!;
}
