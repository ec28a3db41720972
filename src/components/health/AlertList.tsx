"use client";

import Link from "next/link";
import { alertConversation, alertCount, alertTitle } from "@/components/alerts/alertWords";
import { QueryState } from "@/components/ui/QueryState";
import { Skeleton } from "@/components/ui/Skeleton";
import { Time } from "@/components/ui/Time";
import type { AlertItem } from "@/lib/alerts/schema";
import { useAlerts } from "./useHealth";

/** The open alerts of all businesses; `businessId` is the one whose conversations the reader can open. */
export function AlertList({ businessId }: { businessId: string | null }) {
  return (
    <section aria-labelledby="alerts-heading" className="grid gap-2">
      <h2 id="alerts-heading" className="font-semibold">
        Alerts
      </h2>
      <QueryState
        query={useAlerts()}
        verb="load the alerts"
        skeleton={<Skeleton rows={2} label="Loading the alerts" />}
      >
        {(alerts) =>
          alerts.length ? (
            <ul>
              {alerts.map((alert) => (
                <li key={alert.id} className="grid gap-0.5 border-t border-line py-2">
                  <AlertWords alert={alert} isMember={alert.businessId === businessId} />
                </li>
              ))}
            </ul>
          ) : (
            <p className="text-muted">No alerts. What needs an operator appears here.</p>
          )
        }
      </QueryState>
    </section>
  );
}

function AlertWords({ alert, isMember }: { alert: AlertItem; isMember: boolean }) {
  const conversationId = isMember ? alertConversation(alert) : null;
  return (
    <>
      <span className="font-medium">{alertTitle(alert)}</span>
      <span className="wrap-anywhere">{alert.message}</span>
      <span className="text-sm text-muted">
        {alertCount(alert) ?? "Once"}, last <Time at={alert.lastAt} />
        {conversationId && (
          <>
            {" · "}
            <Link href={`/inbox/${conversationId}`} className="text-accent">
              Open the conversation
            </Link>
          </>
        )}
      </span>
    </>
  );
}
