"use client";

import Link from "next/link";
import { Badge } from "@/components/ui/Badge";
import { buttonClass } from "@/components/ui/Button";
import { EmptyState } from "@/components/ui/EmptyState";
import { readerZone } from "@/components/ui/formatTime";
import { QueryState } from "@/components/ui/QueryState";
import { Cell, Table } from "@/components/ui/Table";
import { Time } from "@/components/ui/Time";
import type { Lead } from "@/lib/leads/schema";
import { leadName, preferredTime, stageName } from "./leadWords";
import { LIST_LIMIT, useLeads } from "./useLeads";

/** The leads, the ones that changed last first. */
export function LeadTable() {
  return (
    <QueryState query={useLeads()} verb="load the leads">
      {(leads) => (leads.length ? <Rows leads={leads} /> : <NoLeads />)}
    </QueryState>
  );
}

function Rows({ leads }: { leads: Lead[] }) {
  return (
    <>
      <Table label="Leads" heads={["Name", "Service", "When", "Where", "Stage", "Changed"]}>
        {leads.map((lead) => (
          <tr key={lead.id} className="border-t border-line hover:bg-hover">
            <Cell>
              <Link href={`/leads/${lead.id}`} className="font-medium whitespace-nowrap hover:underline">
                {leadName(lead)}
              </Link>
            </Cell>
            <Cell>{lead.serviceLabel}</Cell>
            <Cell>{preferredTime(lead, readerZone()) ?? "Not known yet"}</Cell>
            <Cell>{lead.location || "Not known yet"}</Cell>
            <Cell>
              <Badge tone={lead.stage === "QUALIFIED" ? "accent" : "neutral"}>{stageName(lead.stage)}</Badge>
            </Cell>
            <Cell>
              <Time at={lead.updatedAt} />
            </Cell>
          </tr>
        ))}
      </Table>
      {leads.length === LIST_LIMIT && (
        <p className="text-sm text-muted">These are the {LIST_LIMIT} that changed last.</p>
      )}
    </>
  );
}

function NoLeads() {
  return (
    <EmptyState
      icon="leads"
      title="No leads yet"
      action={
        <Link href="/simulator" className={buttonClass("primary")}>
          Open the simulator
        </Link>
      }
    >
      The receptionist fills one in as a customer says what they need. Be that customer in the simulator.
    </EmptyState>
  );
}
