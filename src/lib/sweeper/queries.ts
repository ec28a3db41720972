import type { Tx } from "@/lib/db";

interface Where {
  businessId: string;
  conversationId: string;
}

// A job is given this long to be picked up before it counts as lost.
const LOST_AFTER = "10 seconds";
// Oldest first, and enough that rows nobody can help do not keep the others from their turn.
const MOST = 5_000;
const BATCH = 500;

/** Raw webhooks that no job has routed. */
export async function forgottenRawEvents(tx: Tx): Promise<{ id: string }[]> {
  return tx.$queryRawUnsafe(
    `SELECT id FROM "RawWebhookEvent" WHERE status = 'RECEIVED' AND "receivedAt" < now() - interval '${LOST_AFTER}' ORDER BY "receivedAt", id LIMIT ${MOST}`,
  );
}

/** Conversations with messages that no turn has taken. */
export async function forgottenTurns(tx: Tx): Promise<Where[]> {
  return tx.$queryRawUnsafe(`
    SELECT m."businessId", m."conversationId" FROM "Message" m
    JOIN "Conversation" c ON c."businessId" = m."businessId" AND c.id = m."conversationId"
    WHERE m."processedAt" IS NULL AND m."receivedAt" < now() - interval '${LOST_AFTER}' AND (c."leaseUntil" IS NULL OR c."leaseUntil" < now())
    GROUP BY m."businessId", m."conversationId" ORDER BY min(m."receivedAt"), m."conversationId" LIMIT ${MOST}`);
}

/** Conversations with a row that waits and is due, and that no job has sent. */
export async function forgottenDeliveries(tx: Tx): Promise<Where[]> {
  return tx.$queryRawUnsafe(`
    SELECT "businessId", "conversationId" FROM "OutboundMessageLog"
    WHERE status = 'PENDING' AND GREATEST("createdAt", "nextAttemptAt") < now() - interval '${LOST_AFTER}'
    GROUP BY "businessId", "conversationId" ORDER BY min(GREATEST("createdAt", "nextAttemptAt")), "conversationId" LIMIT ${MOST}`);
}

/** Sends whose lease ran out: whoever held it is gone. */
export async function expiredSends(tx: Tx): Promise<(Where & { id: string })[]> {
  return tx.$queryRawUnsafe(`
    SELECT id, "businessId", "conversationId" FROM "OutboundMessageLog" WHERE status = 'SENDING' AND "leaseUntil" < now()
    ORDER BY "leaseUntil", id LIMIT ${MOST}`);
}

/** Uncertain sends on which the provider has been silent past the deadline, and which no person has been told of. */
export async function silentUnknowns(tx: Tx, silenceMs: number): Promise<(Where & { id: string })[]> {
  return tx.$queryRaw`
    SELECT id, "businessId", "conversationId" FROM "OutboundMessageLog"
    WHERE status = 'UNKNOWN' AND "escalatedAt" IS NULL AND "unknownAt" < now() - ${silenceMs}::int * interval '1 millisecond'
    ORDER BY "unknownAt", id LIMIT ${MOST}`;
}

/** Puts an uncertain send before a person. False: its fate became known, or somebody was faster. */
export async function escalate(tx: Tx, id: string): Promise<boolean> {
  const { count } = await tx.outboundMessageLog.updateMany({
    where: { id, status: "UNKNOWN", escalatedAt: null },
    data: { escalatedAt: new Date() },
  });
  return count === 1;
}

/**
 * Deletes a batch of raw webhooks that were routed more than 30 days ago (the provider repeats itself for 7). Returns
 * whether there may be more.
 */
export async function forgetRawEvents(tx: Tx): Promise<boolean> {
  const deleted = await tx.$executeRaw`
    DELETE FROM "RawWebhookEvent" WHERE id IN (
      SELECT id FROM "RawWebhookEvent" WHERE "receivedAt" < now() - interval '30 days' AND status <> 'RECEIVED' LIMIT ${BATCH})`;
  return deleted === BATCH;
}

/** The same for events older than 2 days: a dashboard that slept longer reads everything anew. */
export async function forgetEvents(tx: Tx): Promise<boolean> {
  const deleted = await tx.$executeRaw`
    DELETE FROM "Event" WHERE id IN (SELECT id FROM "Event" WHERE "createdAt" < now() - interval '2 days' LIMIT ${BATCH})`;
  return deleted === BATCH;
}

/** Deletes a batch of answers kept for idempotency keys that are older than 24 hours. Returns whether there may be more. */
export async function forgetIdempotencyKeys(tx: Tx): Promise<boolean> {
  const deleted = await tx.$executeRaw`
    DELETE FROM "IdempotencyKey" WHERE id IN (
      SELECT id FROM "IdempotencyKey" WHERE "createdAt" < now() - interval '24 hours' LIMIT ${BATCH})`;
  return deleted === BATCH;
}
