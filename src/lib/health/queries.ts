import { listOpenAlerts } from "@/lib/alerts/queries";
import type { AlertItem } from "@/lib/alerts/schema";
import { pool, systemDb } from "@/lib/db";
import { AppError } from "@/lib/error-handler";
import { RawDelivery } from "@/lib/health/schema";
import { cutPage, type KeysetCursor, type Page } from "@/lib/http/cursor";

const PREVIEW = 2_000;
const BEFORE_ALL: KeysetCursor = [new Date("9999-12-31T00:00:00Z"), "ffffffff-ffff-ffff-ffff-ffffffffffff"];

/** Whether the database answers at all. `deadline` in milliseconds, after which the connection is given up. */
export async function pingDatabase(deadline: number): Promise<true> {
  await within(deadline, "SELECT 1");
  return true;
}

/** For how many seconds the job that is due the longest has waited; 0 without any. */
export async function oldestWaitingJob(deadline: number): Promise<number> {
  const { rows } = await within<{ seconds: number }>(
    deadline,
    `SELECT coalesce(extract(epoch FROM now() - min(start_after)), 0)::float8 AS seconds
     FROM pgboss.job WHERE state < 'active' AND start_after <= now()`,
  );
  return rows[0]?.seconds ?? 0;
}

/** How many channels are paused, over all businesses. */
export async function countPausedChannels(deadline: number): Promise<number> {
  const results = (await within(
    deadline,
    `SELECT set_config('role', 'frontdesk_system', true); SELECT count(*)::int AS paused FROM "Channel" WHERE status = 'PAUSED'`,
  )) as unknown as { rows: { paused: number }[] }[];
  return results[1]?.rows[0]?.paused ?? 0;
}

interface DeliveryRow {
  id: string;
  source: string;
  status: string;
  problem: string | null;
  size: number;
  head: Uint8Array;
  receivedAt: Date;
  doneAt: Date | null;
}

/** A page of the webhooks as they came, the newest first; only the head of each body leaves the database. */
export async function listDeliveries({
  limit,
  cursor,
  status,
}: {
  limit: number;
  cursor?: KeysetCursor | undefined;
  status?: string | undefined;
}): Promise<Page<RawDelivery>> {
  const statuses = status ? [status] : RawDelivery.shape.status.options;
  const [at, id] = cursor ?? BEFORE_ALL;
  const rows = await systemDb().$transaction(
    (tx) => tx.$queryRaw<DeliveryRow[]>`
      SELECT id, source, status, problem, octet_length(body) AS size, substring(body FROM 1 FOR ${4 * PREVIEW}) AS head,
        "receivedAt", "doneAt"
      FROM "RawWebhookEvent"
      WHERE status = ANY(${statuses}) AND ("receivedAt", id) < (${at}::timestamptz, ${id}::uuid)
      ORDER BY "receivedAt" DESC, id DESC LIMIT ${limit + 1}`,
  );
  return cutPage(rows, limit, (row) => [row.receivedAt.toISOString(), row.id], deliveryView);
}

/** A page of the alerts that are open, over all businesses, the last heard of first. */
export async function listAlerts(query: {
  limit: number;
  cursor?: KeysetCursor | undefined;
}): Promise<Page<AlertItem>> {
  return systemDb().$transaction((tx) => listOpenAlerts(tx, null, query));
}

/** The business that a conversation belongs to, whichever it is; for the platform's admin. Throws NOT_FOUND. */
export async function businessOfConversation(id: string): Promise<string> {
  const row = await systemDb().$transaction((tx) =>
    tx.conversation.findUnique({ where: { id }, select: { businessId: true } }),
  );
  if (!row) throw new AppError("NOT_FOUND");
  return row.businessId;
}

function deliveryView({ head, ...row }: DeliveryRow): RawDelivery {
  return RawDelivery.parse({
    ...row,
    preview: new TextDecoder().decode(head).slice(0, PREVIEW).toWellFormed(),
    receivedAt: row.receivedAt.toISOString(),
    doneAt: row.doneAt?.toISOString() ?? null,
  });
}

function within<R extends object>(deadline: number, text: string) {
  const query = { text, query_timeout: deadline };
  return pool().query<R>(query);
}
