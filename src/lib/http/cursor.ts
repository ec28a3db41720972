import { z } from "zod";

/** A page of a collection; the cursor names its last row. */
export interface Page<T> {
  items: T[];
  nextCursor: string | null;
}

/** A cursor: opaque to the caller, the sort key of a row to us. */
export function encodeCursor(key: (string | number)[]): string {
  return Buffer.from(JSON.stringify(key)).toString("base64url");
}

/** Reads back what {@link encodeCursor} made, if it fits the key's shape; anything else is refused input. */
export function cursorOf<S extends z.ZodType>(key: S) {
  return z
    .string()
    .max(500)
    .transform((text, check): z.output<S> => {
      const result = key.safeParse(parseJson(Buffer.from(text, "base64url").toString()));
      if (result.success) return result.data;
      check.addIssue({ code: "custom", message: "Not a cursor of this list" });
      return z.NEVER;
    });
}

/** The cursor of a list in the order of an instant and, within it, the id. */
export const KeysetCursor = cursorOf(z.tuple([z.iso.datetime().transform((text) => new Date(text)), z.uuid()]));
export type KeysetCursor = z.output<typeof KeysetCursor>;

/** Cuts the one row off that was read to learn whether there is a next page. */
export function cutPage<Row, T>(
  rows: Row[],
  limit: number,
  key: (row: Row) => (string | number)[],
  view: (row: Row) => T,
): Page<T> {
  const kept = rows.slice(0, limit);
  const last = kept.at(-1);
  return { items: kept.map(view), nextCursor: last && rows.length > limit ? encodeCursor(key(last)) : null };
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}
