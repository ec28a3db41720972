import { z } from "zod";
import { cursorOf } from "@/lib/http/cursor";

/** Where a page of a conversation ended: the instant; 0 for what arrived and 1 for what was sent; the row's number. */
export const ItemCursor = cursorOf(
  z.tuple([
    z.iso.datetime().transform((text) => new Date(text)),
    z.union([z.literal(0), z.literal(1)]),
    z
      .string()
      .regex(/^\d{1,18}$/)
      .transform(BigInt),
  ]),
);
export type ItemCursor = z.output<typeof ItemCursor>;
