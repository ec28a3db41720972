import type { Tx } from "@/lib/db";

/** The channel that wakes event streams; the payload is the business's id. */
export const EVENTS_CHANNEL = "frontdesk_events";

/** What a dashboard hears of; it then reads what changed through the API, so ids are enough. */
export type EventKind = "conversation.changed" | "conversation.read" | "lead.changed" | "alert.changed";

/** Tells the business's open dashboards, when the transaction commits, that something changed; one event per `data`. */
export async function publish(
  tx: Tx,
  businessId: string,
  kind: EventKind,
  ...data: Record<string, string>[]
): Promise<void> {
  await tx.$executeRaw`
    WITH added AS (
      INSERT INTO "Event" ("businessId", kind, data)
      SELECT ${businessId}::uuid, ${kind}, value FROM jsonb_array_elements(${JSON.stringify(data)}::jsonb) RETURNING 1)
    SELECT pg_notify(${EVENTS_CHANNEL}, ${businessId}) FROM added LIMIT 1`;
}
