import { z } from "zod";
import { ServiceTypeEnum } from "@/lib/business/schema";

export const LEAD_FIELDS = ["service", "when", "where", "name"] as const;
export const LeadField = z.enum(LEAD_FIELDS);
export type LeadField = z.infer<typeof LeadField>;

const LEAD_STAGES = ["NEW", "QUALIFYING", "QUALIFIED", "CLOSED"] as const;

/** One thing learned, and from which words. */
export const LeadFact = z.object({
  id: z.uuid(),
  field: LeadField,
  value: z.string(),
  messageId: z.uuid().nullable(),
  spanStart: z.int().nullable(),
  spanEnd: z.int().nullable(),
  engine: z.string(),
  confidence: z.number(),
  /** false: kept beside a surer or a person's value */
  applied: z.boolean(),
  createdAt: z.iso.datetime(),
});
export type LeadFact = z.infer<typeof LeadFact>;

export const Lead = z.object({
  id: z.uuid(),
  contactId: z.uuid(),
  contactName: z.string(),
  conversationId: z.uuid().nullable(),
  stage: z.enum(LEAD_STAGES),
  name: z.string().nullable(),
  serviceTypeEnum: ServiceTypeEnum,
  /** the business's own name for the service, or the trade's label where it has none: never empty */
  serviceLabel: z.string(),
  preferredAt: z.iso.datetime().nullable(),
  /** as the person said it */
  preferredText: z.string().nullable(),
  preferredZone: z.string().nullable(),
  location: z.string().nullable(),
  version: z.int(),
  createdAt: z.iso.datetime(),
  updatedAt: z.iso.datetime(),
});
export type Lead = z.infer<typeof Lead>;

export const LeadWithFacts = Lead.extend({ facts: z.array(LeadFact) });
export type LeadWithFacts = z.infer<typeof LeadWithFacts>;
