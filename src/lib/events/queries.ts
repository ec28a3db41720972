import type { Db } from "@/lib/db";

/** A place in the order of events: by transaction, then by row. */
export interface Position {
  xid: bigint;
  id: bigint;
}

export interface StoredEvent extends Position {
  kind: string;
  data: unknown;
}

export interface EventBatch {
  events: StoredEvent[];
  /** everything up to here has been read, whatever commits later */
  next: Position;
  /** there is more to read now */
  more: boolean;
  /** committed events wait for an older transaction to end */
  waiting: boolean;
}

const BATCH = 500;

/**
 * A business's events after a position. A transaction may commit after one that began later, so only what lies below
 * the oldest transaction still open is given: nothing can appear there any more.
 */
export async function readEvents(db: Db, businessId: string, after: Position): Promise<EventBatch> {
  const rows = await db.$transaction(
    (tx) => tx.$queryRaw<({ horizon: bigint } & (StoredEvent | { id: null; xid: null }))[]>`
      WITH horizon AS MATERIALIZED (SELECT pg_snapshot_xmin(pg_current_snapshot())::text::bigint AS xid)
      SELECT horizon.xid AS horizon, e.*
      FROM horizon LEFT JOIN LATERAL (
        SELECT id, xid, kind, data FROM "Event"
        WHERE "businessId" = ${businessId}::uuid AND (xid, id) > (${after.xid}::bigint, ${after.id}::bigint)
        ORDER BY xid, id LIMIT ${BATCH}) e ON true
      ORDER BY e.xid, e.id`,
  );
  const horizon = rows[0]?.horizon ?? after.xid;
  const found = rows.filter((row) => row.id !== null);
  const events = found.filter(({ xid }) => xid < horizon);
  const more = events.length === BATCH;
  const last = events.at(-1);
  return { events, next: more && last ? last : { xid: horizon, id: 0n }, more, waiting: found.length > events.length };
}

/** The position of now: what commits from here on comes after it. */
export async function readHorizon(db: Db): Promise<Position> {
  const [row] = await db.$transaction(
    (tx) => tx.$queryRaw<{ xid: bigint }[]>`SELECT pg_snapshot_xmin(pg_current_snapshot())::text::bigint AS xid`,
  );
  return { xid: row?.xid ?? 0n, id: 0n };
}

/** Whether `a` comes after `b`. */
export function isAfter(a: Position, b: Position): boolean {
  return a.xid > b.xid || (a.xid === b.xid && a.id > b.id);
}
