import type { OutboundMessageLog } from "@/generated/prisma/client";
import { systemDb, type Tx } from "@/lib/db";
import type { AiHealth } from "@/lib/health/schema";
import { OUTBOUND_STATUSES, type Outbound } from "@/lib/outbound/schema";

type View = (row: OutboundMessageLog, authorName: string | null) => Outbound;

/**
 * How the receptionist does over all businesses: the last replies, what the keys stopped, the last conversations.
 * `view` says how a row of the outbound log is given.
 */
export async function getAiHealth(view: View): Promise<AiHealth> {
  return systemDb().$transaction(async (tx) => ({
    lastOutbound: await lastOutbound(tx, view),
    dedupeCollisions: await dedupeCollisions(tx),
    conversations: await tx.conversation.findMany({
      orderBy: { updatedAt: "desc" },
      take: 10,
      select: { id: true, businessId: true, questionsAskedCount: true, lastQuestionKey: true, stateVersion: true },
    }),
    statusCounts: await statusCounts(tx),
  }));
}

// Ids are made in the order of time, and the primary key has them sorted.
async function lastOutbound(tx: Tx, view: View): Promise<Outbound[]> {
  const rows = await tx.outboundMessageLog.findMany({ orderBy: { id: "desc" }, take: 20 });
  const ids = rows.map(({ authorUserId }) => authorUserId).filter((id) => id !== null);
  const users = await tx.user.findMany({ where: { id: { in: ids } }, select: { id: true, name: true, email: true } });
  const names = new Map(users.map(({ id, name, email }) => [id, name ?? email]));
  return rows.map((row) => view(row, names.get(row.authorUserId ?? "") ?? null));
}

async function dedupeCollisions(tx: Tx): Promise<AiHealth["dedupeCollisions"]> {
  const inbound = await tx.message.aggregate({
    where: { duplicateCount: { gt: 0 } },
    _sum: { duplicateCount: true },
  });
  const outbound = await tx.outboundMessageLog.aggregate({
    where: { collisionCount: { gt: 0 } },
    _sum: { collisionCount: true },
  });
  return { inbound: inbound._sum.duplicateCount ?? 0, outbound: outbound._sum.collisionCount ?? 0 };
}

async function statusCounts(tx: Tx): Promise<Record<string, number>> {
  const groups = await tx.outboundMessageLog.groupBy({ by: ["status"], _count: true });
  const found = Object.fromEntries(groups.map(({ status, _count }) => [status, _count]));
  return Object.fromEntries(OUTBOUND_STATUSES.map((status) => [status, found[status] ?? 0]));
}
