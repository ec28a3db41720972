import { recordActivity } from "@/lib/activity/record";
import type { Fact } from "@/lib/ai/understand";
import type { ServiceTypeEnum } from "@/lib/business/schema";
import type { Ctx } from "@/lib/context";
import type { Tx } from "@/lib/db";
import { publish } from "@/lib/events/publish";
import { fillLead, type HeldFact, type LeadColumns } from "@/lib/leads/leadFill";
import type { LeadField } from "@/lib/leads/schema";
import type { Prisma } from "@/generated/prisma/client";
import { addFacts, updateLead } from "./queries";

interface OpenLead {
  id: string;
  stage: string;
  name: string | null;
  serviceTypeId: string | null;
  serviceTypeEnum: string;
  preferredAt: Date | null;
  preferredText: string | null;
  preferredZone: string | null;
  location: string | null;
  facts: { field: string; engine: string; confidence: number; applied: boolean }[];
}

/**
 * Fills the lead from what a turn learned, in the turn's transaction. Fields are only added or refined, never wiped;
 * the service's enum is set even where the business has no such service, so what the lead shows is never empty.
 * Facts that lost against a surer one are kept beside it.
 */
export async function autoMatchPipeline(tx: Tx, ctx: Ctx, lead: OpenLead, stage: string, facts: Fact[]): Promise<void> {
  const { update, applied, kept } = fillLead(columnsOf(lead), heldFacts(lead), facts);
  const changes: Prisma.LeadUncheckedUpdateInput = { ...update, ...(stage !== lead.stage && { stage }) };
  if (Object.keys(changes).length > 0) {
    await updateLead(tx, lead.id, changes);
    await recordActivity(tx, ctx, {
      action: "lead.filled",
      entity: "lead",
      entityId: lead.id,
      before: JSON.parse(JSON.stringify(columnsOf(lead))) as Prisma.InputJsonValue,
      after: JSON.parse(JSON.stringify(changes)) as Prisma.InputJsonValue,
    });
    await publish(tx, ctx.businessId, "lead.changed", { leadId: lead.id });
  }
  const rows = [...applied.map((fact) => [fact, true] as const), ...kept.map((fact) => [fact, false] as const)];
  if (rows.length > 0)
    await addFacts(
      tx,
      rows.map(([fact, wins]) => ({ ...fact, applied: wins, businessId: ctx.businessId, leadId: lead.id })),
    );
}

/** What a lead already knows, in the words it was said in. */
export function knownOf(lead: OpenLead): Partial<Record<LeadField, string>> {
  const service = lead.serviceTypeEnum !== "OTHER" || lead.facts.some((fact) => fact.field === "service");
  return {
    ...(service && { service: lead.serviceTypeEnum }),
    ...(lead.preferredText && { when: lead.preferredText }),
    ...(lead.location && { where: lead.location }),
    ...(lead.name && { name: lead.name }),
  };
}

function columnsOf(lead: OpenLead): LeadColumns {
  const { name, serviceTypeId, preferredAt, preferredText, preferredZone, location } = lead;
  return {
    name,
    serviceTypeId,
    serviceTypeEnum: lead.serviceTypeEnum as ServiceTypeEnum,
    preferredAt,
    preferredText,
    preferredZone,
    location,
  };
}

function heldFacts(lead: OpenLead): HeldFact[] {
  const newest = new Map<string, HeldFact>();
  for (const fact of lead.facts)
    if (!newest.has(fact.field)) newest.set(fact.field, { ...fact, field: fact.field as LeadField });
  return [...newest.values()];
}
