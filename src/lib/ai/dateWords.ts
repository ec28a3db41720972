import { addMonths, format } from "date-fns";

/** A text in which wordings that the date parser does not know stand in ones it does, at the same offsets. */
export interface Expanded {
  text: string;
  changed: { start: number; end: number }[];
}

type Rule = [RegExp, (groups: string[], today: Date) => string];
const RULES: Rule[] = [
  [/\bgood (?:morning|afternoon|evening|night|day)\b/gi, () => ""],
  [/\b(?:the )?day after tomorrow\b/gi, () => "in 2 days"],
  [/\b(?:tomorow|tommorow|tommorrow|tomorrw|tomorro|2moro|2morrow|tmoz|tomoz|tmorrow)\b/gi, () => "tmrw"],
  [/\b(?:wednsday|wensday|wendsday|wedensday)\b/gi, () => "wed"],
  [/\b(?:thrusday|thursdy|thurdsay|thurday)\b/gi, () => "thu"],
  [/\b(?:tuseday|tuesdy|teusday)\b/gi, () => "tue"],
  [/\bhalf (?:past )?(\d{1,2})\b/gi, ([hour]) => `${hour}:30`],
  [/\bquarter past (\d{1,2})\b/gi, ([hour]) => `${hour}:15`],
  [/\bquarter to (\d{1,2})\b/gi, ([hour]) => `${Number(hour) === 1 ? 12 : Number(hour) - 1}:45`],
  [/\b(\d{1,2})ish\b/gi, ([hour]) => hour ?? ""],
  [/(?<=\bat )(\d{1,2})\.(\d{2})\b/gi, ([hour, minute]) => `${hour}:${minute}`],
  [/\bbetween (\d[\d:apm.]{0,6}) and(?= \d)/gi, ([from]) => `${from} -`],
  [
    /\b(?:on )?the (\d{1,2})(?:st|nd|rd|th)\b(?! (?:of|floor|street|avenue|birthday|time|century|jan|feb|mar|apr|may|jun|jul|aug|sep|oct|nov|dec))/gi,
    ([day], today) => nextDayOfMonth(Number(day), today),
  ],
];

/** Rewrites misspelt and colloquial dates in place, padded in front so that every offset stays what it was. */
export function expandDates(text: string, today: Date): Expanded {
  const changed: Expanded["changed"] = [];
  const expanded = RULES.reduce(
    (current, [pattern, write]) =>
      current.replace(pattern, (...found: unknown[]) => {
        const match = String(found[0]);
        const at = found.findIndex((one) => typeof one === "number");
        const written = write(found.slice(1, at).map(String), today);
        if (written.length > match.length) return match;
        const start = Number(found[at]);
        changed.push({ start, end: start + match.length });
        return written.padStart(match.length);
      }),
    text,
  );
  return { text: expanded, changed };
}

/** A span of the expanded text, widened to the whole wordings it touches in the original. */
export function originalSpan({ changed }: Expanded, start: number, end: number): { start: number; end: number } {
  const touched = changed.filter((one) => one.start < end && one.end > start);
  return {
    start: Math.min(start, ...touched.map((one) => one.start)),
    end: Math.max(end, ...touched.map((one) => one.end)),
  };
}

function nextDayOfMonth(day: number, today: Date): string {
  if (day < 1 || day > 31) return "";
  return `${day} ${format(day >= today.getDate() ? today : addMonths(today, 1), "MMM")}`;
}
