"use client";

import { QueryState } from "@/components/ui/QueryState";
import { Skeleton } from "@/components/ui/Skeleton";
import { Time } from "@/components/ui/Time";
import { useAlerts } from "./useHealth";

/** The open alerts; the same trouble again counts up. */
export function AlertList() {
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
                  <span className="font-medium wrap-anywhere">{alert.message}</span>
                  <span className="text-sm wrap-anywhere text-muted">
                    {alert.kind} · {alert.subject} · {alert.count === 1 ? "once" : `${alert.count} times`}, last{" "}
                    <Time at={alert.lastAt} />
                  </span>
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
