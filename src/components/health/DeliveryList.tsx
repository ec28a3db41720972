"use client";

import { Badge } from "@/components/ui/Badge";
import { EmptyState } from "@/components/ui/EmptyState";
import { QueryState } from "@/components/ui/QueryState";
import { Time } from "@/components/ui/Time";
import type { RawDelivery } from "@/lib/health/schema";
import { useDeliveries } from "./useHealth";

const WORDS: Record<RawDelivery["status"], string> = { RECEIVED: "Waiting", DONE: "Done", STRANGE: "Strange" };

/** The deliveries as they came, the newest first; each opens to its first characters. */
export function DeliveryList() {
  return (
    <QueryState query={useDeliveries()} verb="load the deliveries">
      {(deliveries) =>
        deliveries.length ? (
          <ul aria-label="Deliveries">
            {deliveries.map((delivery) => (
              <Row key={delivery.id} delivery={delivery} />
            ))}
          </ul>
        ) : (
          <EmptyState icon="deliveries" title="No deliveries yet">
            What WhatsApp delivers is kept here for 30 days, as it came.
          </EmptyState>
        )
      }
    </QueryState>
  );
}

function Row({ delivery: { source, status, problem, size, preview, receivedAt } }: { delivery: RawDelivery }) {
  return (
    <li className="border-t border-line">
      <details>
        <summary className="flex min-h-10 flex-wrap items-center gap-x-3 gap-y-1 py-1.5 text-sm">
          <Badge tone={status === "STRANGE" ? "warn" : "neutral"}>{WORDS[status]}</Badge>
          <span>{source}</span>
          <span className="min-w-0 flex-1 wrap-anywhere text-muted max-md:order-last max-md:basis-full">{problem}</span>
          <span className="text-muted tabular-nums">{size.toLocaleString("en")} bytes</span>
          <span className="text-muted">
            <Time at={receivedAt} />
          </span>
        </summary>
        <pre className="mb-3 max-h-80 overflow-auto rounded-md bg-hover p-3 font-mono text-xs break-all whitespace-pre-wrap">
          {preview || "Empty body"}
        </pre>
      </details>
    </li>
  );
}
