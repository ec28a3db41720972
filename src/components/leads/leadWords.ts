import { appointment } from "@/components/ui/formatTime";
import type { Lead, LeadField, LeadWithFacts } from "@/lib/leads/schema";

const STAGES: Record<Lead["stage"], string> = {
  NEW: "New",
  QUALIFYING: "Qualifying",
  QUALIFIED: "Qualified",
  CLOSED: "Closed",
};

/** A lead's stage in words. */
export function stageName(stage: Lead["stage"]): string {
  return STAGES[stage];
}

/** The name a lead goes by: its own, or its contact's. */
export function leadName(lead: Lead): string {
  return lead.name || lead.contactName || "Unknown customer";
}

/** When the customer wants to be served: the moment, in the zone it was said in, or the words alone; null: not known. */
export function preferredTime(lead: Lead, zone: string): string | null {
  if (!lead.preferredAt) return lead.preferredText;
  const shown = appointment(lead.preferredAt, lead.preferredZone ?? zone);
  // "Tuesday morning" has no hour to show: its words say more than the day.
  return shown.includes(":") || !lead.preferredText ? shown : `${shown} (${lead.preferredText})`;
}

/** A field's value as shown; null: not known yet. The service always has a label. */
export function fieldValue(lead: Lead, field: LeadField, zone: string): string | null {
  if (field === "service") return lead.serviceLabel;
  if (field === "when") return preferredTime(lead, zone);
  return (field === "where" ? lead.location : lead.name) || null;
}

/** The fact behind a field's present value: the newest that was applied. */
export function factBehind(lead: LeadWithFacts, field: LeadField) {
  return lead.facts
    .filter((fact) => fact.field === field && fact.applied)
    .sort((a, b) => b.createdAt.localeCompare(a.createdAt))[0];
}
