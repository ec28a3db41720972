import { z } from "zod";

/** A number that the business is reached at. */
export const Channel = z.object({
  id: z.uuid(),
  displayNumber: z.string(),
  status: z.enum(["ACTIVE", "PAUSED"]),
  pausedReason: z.string().nullable(),
  version: z.int(),
});
export type Channel = z.infer<typeof Channel>;
