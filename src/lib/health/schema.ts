import { z } from "zod";
import { Outbound } from "@/lib/outbound/schema";

/** GET /api/admin/health/ai */
export const AiHealth = z.object({
  lastOutbound: z.array(Outbound),
  dedupeCollisions: z.object({ inbound: z.int(), outbound: z.int() }),
  conversations: z.array(
    z.object({
      id: z.uuid(),
      businessId: z.uuid(),
      questionsAskedCount: z.int(),
      lastQuestionKey: z.string().nullable(),
      stateVersion: z.int(),
    }),
  ),
  statusCounts: z.record(z.string(), z.int()),
});
export type AiHealth = z.infer<typeof AiHealth>;

/** A delivery from a provider as it was kept. */
export const RawDelivery = z.object({
  id: z.uuid(),
  source: z.string(),
  status: z.enum(["RECEIVED", "DONE", "STRANGE"]),
  problem: z.string().nullable(),
  size: z.int(),
  /** the first 2,000 characters, unreadable bytes replaced */
  preview: z.string(),
  receivedAt: z.iso.datetime(),
  doneAt: z.iso.datetime().nullable(),
});
export type RawDelivery = z.infer<typeof RawDelivery>;
