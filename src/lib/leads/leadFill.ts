import { TZDate } from "@date-fns/tz";
import { format } from "date-fns";
import { refineText } from "@/lib/ai/refine";
import type { Fact, FactValue } from "@/lib/ai/understand";
import type { ServiceTypeEnum } from "@/lib/business/schema";
import type { LeadField } from "@/lib/leads/schema";

export interface LeadColumns {
  name: string | null;
  serviceTypeId: string | null;
  serviceTypeEnum: ServiceTypeEnum;
  preferredAt: Date | null;
  preferredText: string | null;
  preferredZone: string | null;
  location: string | null;
}

/** The newest applied fact of a field. */
export interface HeldFact {
  field: LeadField;
  engine: string;
  confidence: number;
  applied: boolean;
}

interface Filling {
  update: Partial<LeadColumns>;
  applied: Fact[];
  kept: Fact[];
}

/** By how much a newer fact may be less sure than the held one and still replace it. */
const TOLERANCE = 0.2;

/**
 * Turns facts into the lead's columns; only adds or refines. A person's field is never overwritten, a much less sure
 * fact is kept beside the held one, a field once known is never empty again; `update` is empty when nothing changes.
 */
export function fillLead(lead: LeadColumns, held: HeldFact[], facts: Fact[]): Filling {
  const holders = new Map(held.filter((one) => one.applied).map((one) => [one.field, one]));
  const filling: Filling = { update: {}, applied: [], kept: [] };
  for (const fact of facts) {
    const now = { ...lead, ...filling.update };
    const change = mayReplace(fact, holders.get(fact.field)) ? columnsFrom(fact, now) : null;
    if (!change) {
      filling.kept.push(fact);
      continue;
    }
    holders.set(fact.field, { field: fact.field, engine: fact.engine, confidence: fact.confidence, applied: true });
    filling.applied.push(fact);
    Object.assign(filling.update, change);
  }
  filling.update = changesOnly(lead, filling.update);
  return filling;
}

function mayReplace(fact: Fact, holder: HeldFact | undefined): boolean {
  if (fact.value.trim() === "") return false;
  if (!holder) return true;
  return holder.engine !== "person" && fact.confidence >= holder.confidence - TOLERANCE - 1e-9;
}

/** The columns a fact would set; null when it says less than the lead holds. */
function columnsFrom({ field, normalized, value }: Fact, lead: LeadColumns): Partial<LeadColumns> | null {
  if ("serviceTypeEnum" in normalized) return serviceColumns(normalized, lead);
  if (field === "when") return whenColumns(normalized, value, lead);
  const text = "text" in normalized ? normalized.text : value;
  const column = field === "name" ? "name" : "location";
  const refined = refineText(field, lead[column], text);
  return refined === lead[column] && text !== refined ? null : { [column]: refined };
}

function serviceColumns(
  { serviceTypeEnum, serviceTypeId }: { serviceTypeEnum: ServiceTypeEnum; serviceTypeId: string | null },
  lead: LeadColumns,
): Partial<LeadColumns> | null {
  if (serviceTypeId) return { serviceTypeEnum, serviceTypeId };
  if (serviceTypeEnum === lead.serviceTypeEnum) return {};
  // The trade and the business's own service are one value: another trade leaves the old service behind.
  return serviceTypeEnum === "OTHER" ? null : { serviceTypeEnum, serviceTypeId: null };
}

function whenColumns(normalized: FactValue, value: string, lead: LeadColumns): Partial<LeadColumns> | null {
  if (!("local" in normalized)) return lead.preferredAt ? null : { preferredText: value };
  const { instant, local, timeZone } = normalized;
  const heldLocal = lead.preferredAt ? format(new TZDate(lead.preferredAt, timeZone), "yyyy-MM-dd'T'HH:mm") : "";
  const sameDay = heldLocal.slice(0, 10) === local.slice(0, 10);
  const dayOnly = heldLocal.endsWith("T00:00");
  if (sameDay && !dayOnly && local.length === 10) return null;
  const joins = sameDay && dayOnly && local.length > 10 && lead.preferredText && !value.includes(lead.preferredText);
  return {
    preferredAt: new Date(instant),
    preferredText: joins ? `${lead.preferredText} ${value}` : value,
    preferredZone: timeZone,
  };
}

function changesOnly(lead: LeadColumns, update: Partial<LeadColumns>): Partial<LeadColumns> {
  const comparable = (value: unknown) => (value instanceof Date ? value.getTime() : value);
  const changes: Partial<LeadColumns> = Object.fromEntries(
    Object.entries(update).filter(([key, value]) => comparable(value) !== comparable(lead[key as keyof LeadColumns])),
  );
  // Away to another trade and back within one turn: the service that was known stays.
  if (changes.serviceTypeId === null && !changes.serviceTypeEnum) delete changes.serviceTypeId;
  return changes;
}
