import type { OutboundMessageLog } from "@/generated/prisma/client";
import { Outbound } from "@/lib/outbound/schema";

type Stamp = Extract<keyof Outbound, `${string}At`>;
const STAMPS = ["sendingAt", "sentAt", "deliveredAt", "readAt", "failedAt", "unknownAt", "cancelledAt"] as const;

/** A row of the outbound log as the API gives it. `authorName` is that of the person who wrote it, null for the receptionist. */
export function outboundView(row: OutboundMessageLog, authorName: string | null): Outbound {
  return Outbound.parse({
    ...row,
    ...stamps(row),
    authorName,
    needsDecision: needsDecision(row),
    createdAt: row.createdAt.toISOString(),
  });
}

// Uncertain, put before a person, and still waiting for the decision.
function needsDecision(row: Pick<OutboundMessageLog, "status" | "escalatedAt" | "resolvedAt">): boolean {
  return row.status === "UNKNOWN" && row.escalatedAt !== null && row.resolvedAt === null;
}

function stamps(row: OutboundMessageLog): Partial<Record<Stamp, string | null>> {
  return Object.fromEntries(STAMPS.map((name) => [name, row[name]?.toISOString() ?? null]));
}
