"use client";

import { LEAD_FIELDS, type LeadField, type LeadWithFacts } from "@/lib/leads/schema";
import { FactNote } from "./FactNote";
import { factBehind, fieldValue } from "./leadWords";

const LABELS: Record<LeadField, string> = { service: "Service", when: "When", where: "Where", name: "Name" };

/** Each field of a lead, and behind what the receptionist filled in, where it came from. */
export function LeadFields({ lead, zone }: { lead: LeadWithFacts; zone: string }) {
  return (
    <dl className="grid gap-3">
      {LEAD_FIELDS.map((field) => (
        <div key={field} className="grid gap-0.5">
          <dt className="text-xs text-muted">{LABELS[field]}</dt>
          <dd className="wrap-anywhere">
            <Value lead={lead} field={field} zone={zone} />
          </dd>
        </div>
      ))}
    </dl>
  );
}

function Value({ lead, field, zone }: { lead: LeadWithFacts; field: LeadField; zone: string }) {
  const value = fieldValue(lead, field, zone);
  const fact = factBehind(lead, field);
  if (!value) return <span className="text-muted">Not known yet</span>;
  if (!fact || fact.engine === "person") return <>{value}</>;
  return (
    <FactNote fact={fact} zone={zone}>
      {value}
    </FactNote>
  );
}
