import { z } from "zod";

/** The closed list of trades; CONTRACT of the API, in this order. */
export const SERVICE_TYPES = [
  "PLUMBING",
  "ELECTRICAL",
  "HVAC",
  "CLEANING",
  "LANDSCAPING",
  "ROOFING",
  "PAINTING",
  "HANDYMAN",
  "PEST_CONTROL",
  "MOVING",
  "LOCKSMITH",
  "APPLIANCE_REPAIR",
  "AUTO_REPAIR",
  "SALON",
  "SPA",
  "DENTAL",
  "MEDICAL",
  "THERAPY",
  "LEGAL",
  "ACCOUNTING",
  "PET_CARE",
  "TUTORING",
  "FITNESS",
  "PHOTOGRAPHY",
  "OTHER",
] as const;
export const ServiceTypeEnum = z.enum(SERVICE_TYPES);
export type ServiceTypeEnum = z.infer<typeof ServiceTypeEnum>;

const Clock = z.string().regex(/^([01]\d|2[0-4]):[0-5]\d$/);
const Day = z.array(z.tuple([Clock, Clock]));
/** Opening hours by weekday, in the business's zone: pairs of from and until. */
export const Hours = z.object({ mon: Day, tue: Day, wed: Day, thu: Day, fri: Day, sat: Day, sun: Day }).partial();
export type Hours = z.infer<typeof Hours>;

export const Business = z.object({
  id: z.uuid(),
  name: z.string(),
  timeZone: z.string(),
  country: z.string(),
  currency: z.string(),
  hours: Hours,
  status: z.enum(["ACTIVE", "SUSPENDED"]),
  suspendedReason: z.string().nullable(),
  version: z.int(),
});
export type Business = z.infer<typeof Business>;
