import type { Alert, Prisma } from "@/generated/prisma/client";
import { AlertItem, type AlertKind } from "@/lib/alerts/schema";
import type { Tx } from "@/lib/db";
import { publish } from "@/lib/events/publish";
import { cutPage, type KeysetCursor, type Page } from "@/lib/http/cursor";

interface Trouble {
  kind: AlertKind;
  /** what it is about; the same kind and subject again counts up while the alert is open */
  subject: string;
  message: string;
}

/** Tells the business, or with `null` the platform's admins, of trouble; the same trouble again counts up. */
export async function raiseAlert(
  tx: Tx,
  businessId: string | null,
  { kind, subject, message }: Trouble,
): Promise<void> {
  await tx.$executeRaw`
    INSERT INTO "Alert" (id, "businessId", kind, subject, message)
    VALUES (gen_random_uuid(), ${businessId}::uuid, ${kind}, ${subject.slice(0, 200)}, ${message.slice(0, 1000)})
    ON CONFLICT (COALESCE("businessId", '00000000-0000-0000-0000-000000000000'), kind, subject) WHERE "resolvedAt" IS NULL
    DO UPDATE SET count = "Alert".count + 1, "lastAt" = now(), message = excluded.message`;
  if (businessId) await publish(tx, businessId, "alert.changed", { kind });
}

/** Closes the open alert of a trouble that is over. Does nothing where there is none. */
export async function resolveAlert(tx: Tx, businessId: string, kind: AlertKind, subject: string): Promise<void> {
  const where = { businessId, kind, subject: subject.slice(0, 200), resolvedAt: null };
  const { count } = await tx.alert.updateMany({ where, data: { resolvedAt: new Date() } });
  if (count > 0) await publish(tx, businessId, "alert.changed", { kind });
}

interface ListQuery {
  limit: number;
  cursor?: KeysetCursor | undefined;
}

/** A page of the open alerts, the last heard of first: of one business, or with `null` all that the transaction sees. */
export async function listOpenAlerts(
  tx: Tx,
  businessId: string | null,
  { limit, cursor }: ListQuery,
): Promise<Page<AlertItem>> {
  const rows = await tx.alert.findMany({
    where: { resolvedAt: null, ...(businessId && { businessId }), ...(cursor && before(cursor)) },
    orderBy: [{ lastAt: "desc" }, { id: "desc" }],
    take: limit + 1,
  });
  return cutPage(rows, limit, (row) => [row.lastAt.toISOString(), row.id], alertView);
}

/** One alert of the business, open or not; null: it has none of that id. */
export async function findAlert(tx: Tx, businessId: string, id: string): Promise<AlertItem | null> {
  const row = await tx.alert.findFirst({ where: { businessId, id } });
  return row && alertView(row);
}

function before([at, id]: KeysetCursor): Prisma.AlertWhereInput {
  return { lastAt: { lte: at }, OR: [{ lastAt: { lt: at } }, { id: { lt: id } }] };
}

function alertView(row: Alert): AlertItem {
  return AlertItem.parse({
    ...row,
    createdAt: row.createdAt.toISOString(),
    lastAt: row.lastAt.toISOString(),
    resolvedAt: row.resolvedAt?.toISOString() ?? null,
  });
}
