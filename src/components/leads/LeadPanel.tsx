"use client";

import Link from "next/link";
import { Badge } from "@/components/ui/Badge";
import { EmptyState } from "@/components/ui/EmptyState";
import { QueryState } from "@/components/ui/QueryState";
import { Skeleton } from "@/components/ui/Skeleton";
import type { LeadWithFacts } from "@/lib/leads/schema";
import { LeadFields } from "./LeadFields";
import { stageName } from "./leadWords";
import { useLead } from "./useLeads";

/** The lead beside its conversation. */
export function LeadPanel({ id, zone }: { id: string; zone: string }) {
  return (
    <QueryState
      query={useLead(id)}
      verb="load the lead"
      skeleton={<Skeleton rows={4} label="Loading the lead" />}
      missing={<EmptyState icon="leads" title="This lead is not here" />}
    >
      {(lead) => (
        <section aria-label="Lead" className="grid gap-4 p-4">
          <div className="flex items-center justify-between gap-2">
            <h2 className="font-semibold">Lead</h2>
            <Badge tone={lead.stage === "QUALIFIED" ? "accent" : "neutral"}>{stageName(lead.stage)}</Badge>
          </div>
          <LeadFields lead={lead} zone={zone} />
          <AlsoSaid lead={lead} />
          <Link href={`/leads/${lead.id}`} className="text-sm text-accent hover:underline">
            Open the lead
          </Link>
        </section>
      )}
    </QueryState>
  );
}

/** What was heard and not put into a field, because something surer stands there. */
export function AlsoSaid({ lead }: { lead: LeadWithFacts }) {
  const kept = lead.facts.filter((fact) => !fact.applied);
  if (!kept.length) return null;
  return (
    <div className="grid gap-1 text-sm">
      <h3 className="text-xs text-muted">Also said, and not filled in</h3>
      <ul>
        {kept.map((fact) => (
          <li key={fact.id} className="wrap-anywhere">
            “{fact.value}” <span className="text-muted">({Math.round(fact.confidence * 100)}% sure)</span>
          </li>
        ))}
      </ul>
    </div>
  );
}
