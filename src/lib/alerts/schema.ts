import { z } from "zod";

export const ALERT_KINDS = [
  "unknown_number",
  "strange_delivery",
  "channel_paused",
  "uncertain_send",
  "person_needed",
  "limiter_away",
  "provider_notice",
] as const;
export type AlertKind = (typeof ALERT_KINDS)[number];

/** Something that an owner, or without a business the platform's admins, must be told. */
export const AlertItem = z.object({
  id: z.uuid(),
  businessId: z.uuid().nullable(),
  kind: z.enum(ALERT_KINDS),
  /** of channel_paused the channel's id, of uncertain_send and person_needed the conversation's */
  subject: z.string(),
  message: z.string(),
  count: z.int(),
  createdAt: z.iso.datetime(),
  lastAt: z.iso.datetime(),
  resolvedAt: z.iso.datetime().nullable(),
});
export type AlertItem = z.infer<typeof AlertItem>;
