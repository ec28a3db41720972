import { hasPostcode, isPostcode } from "@/lib/ai/place";
import type { LeadField } from "@/lib/leads/schema";

/** What a field says once newer words arrive: less than is known already changes nothing, a postcode joins its address. */
export function refineText(field: LeadField, known: string | null | undefined, said: string): string {
  if (!known || field === "service" || field === "when") return said;
  if (wordsWithin(said, known)) return known;
  if (field === "where" && isPostcode(said) && !hasPostcode(known)) return `${known}, ${said}`;
  return said;
}

function wordsWithin(part: string, whole: string): boolean {
  const plain = (text: string) =>
    ` ${text
      .toLowerCase()
      .replace(/[^\p{L}\p{N}]+/gu, " ")
      .trim()} `;
  return plain(whole).includes(plain(part));
}
