import type { Lead as LeadRow, LeadFact as LeadFactRow } from "@/generated/prisma/client";
import { Lead, LeadFact, type LeadWithFacts } from "@/lib/leads/schema";
import { serviceLabel } from "@/lib/leads/serviceLabel";
import { ServiceTypeEnum } from "@/lib/business/schema";
import { displayName } from "@/lib/phone/displayName";

interface Row extends LeadRow {
  contact: { displayName: string | null; addresses: { kind: string; value: string }[] };
}

/** A lead as the API gives it. `serviceName` is the business's own name for the service, null where it has none. */
export function leadView(row: Row, serviceName: string | null): Lead {
  return Lead.parse({
    ...row,
    contactName: displayName(row.contact.displayName, row.contact.addresses),
    serviceLabel: serviceLabel(serviceName, ServiceTypeEnum.parse(row.serviceTypeEnum)),
    preferredAt: row.preferredAt?.toISOString() ?? null,
    createdAt: row.createdAt.toISOString(),
    updatedAt: row.updatedAt.toISOString(),
  });
}

/** The same with its facts, in the order given. */
export function leadWithFactsView(row: Row & { facts: LeadFactRow[] }, serviceName: string | null): LeadWithFacts {
  const facts = row.facts.map((fact) => LeadFact.parse({ ...fact, createdAt: fact.createdAt.toISOString() }));
  return { ...leadView(row, serviceName), facts };
}
