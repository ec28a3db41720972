export type JsonValue = string | number | boolean | null | JsonValue[] | { [key: string]: JsonValue };

// far below what overflows JSON.stringify or PostgreSQL's jsonb parser, far above what Meta nests
const DEEPEST = 100;

/** A value from JSON.parse made safe for text and jsonb: no NUL, no lone surrogates, nothing nested deeper than 100 (null stands there; `cut` tells). */
export function cleanJson(value: unknown): { value: JsonValue; cut: boolean } {
  let cut = false;
  const clean = (part: unknown, depth: number): JsonValue => {
    if (typeof part === "string") return cleanText(part);
    if (typeof part === "number") return Number.isFinite(part) ? part : null;
    if (typeof part === "boolean") return part;
    if (typeof part !== "object" || part === null) return null;
    if (depth === DEEPEST) {
      cut = true;
      return null;
    }
    if (Array.isArray(part)) return part.map((item) => clean(item, depth + 1));
    // fromEntries, because assigning the key "__proto__" would set the prototype
    return Object.fromEntries(Object.entries(part).map(([key, item]) => [cleanText(key), clean(item, depth + 1)]));
  };
  return { value: clean(value, 0), cut };
}

/** The text without NUL and with lone surrogates replaced; at most `limit` UTF-16 units where given. */
export function cleanText(text: string, limit = Infinity): string {
  return text.replaceAll("\0", "").slice(0, limit).toWellFormed();
}
