"use client";

import Link from "next/link";
import { Button } from "@/components/ui/Button";
import { ErrorNote } from "@/components/ui/ErrorNote";
import { Time } from "@/components/ui/Time";
import type { AlertItem } from "@/lib/alerts/schema";
import { alertConversation, alertCount, alertTitle } from "./alertWords";
import { useOpenAlerts, useSettleAlert } from "./useAlerts";

/** The business's open alerts, above the inbox; nothing while there is none. */
export function AlertStrip({ isOwner }: { isOwner: boolean }) {
  const { data: alerts } = useOpenAlerts();
  if (!alerts?.length) return null;
  return (
    <section aria-label="Alerts" className="max-h-40 shrink-0 overflow-y-auto border-b border-line bg-warn-soft">
      <ul className="grid divide-y divide-line">
        {alerts.map((alert) => (
          <Row key={alert.id} alert={alert} isOwner={isOwner} />
        ))}
      </ul>
    </section>
  );
}

function Row({ alert, isOwner }: { alert: AlertItem; isOwner: boolean }) {
  const settle = useSettleAlert(alert);
  const conversationId = alertConversation(alert);
  const pausing = alert.kind === "channel_paused";
  const times = alertCount(alert);
  return (
    <li className="grid gap-2 px-4 py-2 text-sm">
      <div className="flex flex-wrap items-center gap-x-4 gap-y-1">
        <p className="min-w-0 flex-1 basis-60 wrap-anywhere">
          <span className="font-medium">{alertTitle(alert)}.</span> {alert.message}{" "}
          <span className="text-muted">
            {times && `${times}, last `}
            <Time at={alert.lastAt} />
          </span>
        </p>
        {conversationId && (
          <Link href={`/inbox/${conversationId}`} className="inline-flex min-h-8 items-center text-accent">
            Open the conversation
          </Link>
        )}
        {isOwner && (
          <Button disabled={settle.isPending} onClick={() => settle.mutate()}>
            {pausing ? "Resume the channel" : "Dismiss"}
          </Button>
        )}
      </div>
      {settle.error && <ErrorNote error={settle.error} verb={pausing ? "resume the channel" : "dismiss the alert"} />}
    </li>
  );
}
