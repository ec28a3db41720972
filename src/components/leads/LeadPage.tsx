"use client";

import Link from "next/link";
import { Page } from "@/components/layout/Page";
import { Badge } from "@/components/ui/Badge";
import { buttonClass } from "@/components/ui/Button";
import { EmptyState } from "@/components/ui/EmptyState";
import { readerZone } from "@/components/ui/formatTime";
import { QueryState } from "@/components/ui/QueryState";
import { Time } from "@/components/ui/Time";
import type { LeadWithFacts } from "@/lib/leads/schema";
import { LeadFields } from "./LeadFields";
import { AlsoSaid } from "./LeadPanel";
import { leadName, stageName } from "./leadWords";
import { useLead } from "./useLeads";

/** One lead on a page of its own. */
export function LeadPage({ id }: { id: string }) {
  return (
    <QueryState query={useLead(id)} verb="load the lead" missing={<MissingLead />}>
      {(lead) => (
        <Page title={leadName(lead)} actions={<ConversationLink lead={lead} />}>
          <div className="flex flex-wrap items-center gap-2 text-sm text-muted">
            <Badge tone={lead.stage === "QUALIFIED" ? "accent" : "neutral"}>{stageName(lead.stage)}</Badge>
            <span>
              Changed <Time at={lead.updatedAt} />
            </span>
            <span>
              Created <Time at={lead.createdAt} />
            </span>
          </div>
          <LeadFields lead={lead} zone={lead.preferredZone ?? readerZone()} />
          <AlsoSaid lead={lead} />
        </Page>
      )}
    </QueryState>
  );
}

function ConversationLink({ lead }: { lead: LeadWithFacts }) {
  if (!lead.conversationId) return null;
  return (
    <Link href={`/inbox/${lead.conversationId}`} className={buttonClass()}>
      Open the conversation
    </Link>
  );
}

function MissingLead() {
  return (
    <Page title="Lead">
      <EmptyState
        icon="leads"
        title="This lead is not here"
        action={
          <Link href="/leads" className={buttonClass()}>
            Open the leads
          </Link>
        }
      >
        The address may be mistyped, or it belongs to another business. (E2006)
      </EmptyState>
    </Page>
  );
}
