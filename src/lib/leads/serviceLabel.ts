import type { ServiceTypeEnum } from "@/lib/business/schema";

const LABELS: Record<ServiceTypeEnum, string> = {
  PLUMBING: "Plumbing",
  ELECTRICAL: "Electrical work",
  HVAC: "Heating and cooling",
  CLEANING: "Cleaning",
  LANDSCAPING: "Landscaping",
  ROOFING: "Roofing",
  PAINTING: "Painting",
  HANDYMAN: "Handyman work",
  PEST_CONTROL: "Pest control",
  MOVING: "Moving",
  LOCKSMITH: "Locksmith",
  APPLIANCE_REPAIR: "Appliance repair",
  AUTO_REPAIR: "Auto repair",
  SALON: "Salon",
  SPA: "Spa",
  DENTAL: "Dental care",
  MEDICAL: "Medical care",
  THERAPY: "Therapy",
  LEGAL: "Legal services",
  ACCOUNTING: "Accounting",
  PET_CARE: "Pet care",
  TUTORING: "Tutoring",
  FITNESS: "Fitness",
  PHOTOGRAPHY: "Photography",
  OTHER: "Other service",
};

/** What a service is called in front of people: the business's own name for it, else the trade's label; never empty. */
export function serviceLabel(serviceName: string | null, serviceTypeEnum: ServiceTypeEnum): string {
  return serviceName?.trim() || LABELS[serviceTypeEnum];
}
