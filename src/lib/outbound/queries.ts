import type { Tx } from "@/lib/db";
import type { Prisma } from "@/generated/prisma/client";

/** Whoever sends in a conversation, or decides about one of its messages, holds this lock first. */
export async function lockConversation(tx: Tx, conversationId: string): Promise<void> {
  await tx.$queryRaw`SELECT 1 AS locked FROM "Conversation" WHERE id = ${conversationId}::uuid FOR NO KEY UPDATE`;
}

/** A conversation as delivery needs it, read under its lock. Null: it is gone. */
export async function deliveryState(tx: Tx, businessId: string, conversationId: string) {
  const [row] = await tx.$queryRaw<DeliveryState[]>`
    SELECT c.handler, c."lastInboundAt", ct."optedOutAt", ch.id AS "channelId", ch.mode, ch."phoneNumberId", ch."accessTokenEnc",
      ch.status AS "channelStatus", ch."pausedReason", b.status AS "businessStatus", clock_timestamp() AS "dbNow",
      EXISTS (SELECT FROM "ChannelHolding" h WHERE h."businessId" = c."businessId" AND h."channelId" = ch.id
        AND (h."heldUntil" IS NULL OR h."heldUntil" > clock_timestamp())) AS held,
      (SELECT value FROM "ContactAddress" a WHERE a."businessId" = c."businessId" AND a."contactId" = c."contactId"
        AND a.kind = 'PHONE' AND a."validUntil" IS NULL ORDER BY a."validFrom" DESC LIMIT 1) AS phone,
      (SELECT value FROM "ContactAddress" a WHERE a."businessId" = c."businessId" AND a."contactId" = c."contactId"
        AND a.kind = 'BSUID' AND a."validUntil" IS NULL ORDER BY a."validFrom" DESC LIMIT 1) AS "userId"
    FROM "Conversation" c
    JOIN "Contact" ct ON ct."businessId" = c."businessId" AND ct.id = c."contactId"
    JOIN "Channel" ch ON ch."businessId" = c."businessId" AND ch.id = c."channelId"
    JOIN "Business" b ON b.id = c."businessId"
    WHERE c."businessId" = ${businessId}::uuid AND c.id = ${conversationId}::uuid`;
  return row ?? null;
}

export interface DeliveryState {
  handler: "AI" | "PERSON";
  lastInboundAt: Date | null;
  optedOutAt: Date | null;
  channelId: string;
  mode: "GRAPH" | "SIMULATOR";
  phoneNumberId: string;
  accessTokenEnc: string | null;
  channelStatus: "ACTIVE" | "PAUSED";
  pausedReason: string | null;
  businessStatus: "ACTIVE" | "SUSPENDED";
  phone: string | null;
  userId: string | null;
  /** the number is still this business's */
  held: boolean;
  dbNow: Date;
}

/** What stands first in a conversation's queue: a send under way, or the oldest row that waits. */
export async function nextOpen(tx: Tx, businessId: string, conversationId: string) {
  return tx.outboundMessageLog.findFirst({
    where: { businessId, conversationId, status: { in: ["PENDING", "SENDING"] } },
    orderBy: [{ status: "desc" }, { seq: "asc" }],
    select: {
      id: true,
      status: true,
      replyType: true,
      text: true,
      attempt: true,
      leaseUntil: true,
      nextAttemptAt: true,
      resendOfId: true,
    },
  });
}

/** PENDING -> SENDING. The lease is counted by the database's clock. */
export async function beginSending(tx: Tx, id: string, leaseOwner: string, leaseMs: number): Promise<number> {
  const [row] = await tx.$queryRaw<{ attempt: number }[]>`
    UPDATE "OutboundMessageLog" SET status = 'SENDING', attempt = attempt + 1, "leaseOwner" = ${leaseOwner},
      "leaseUntil" = now() + ${leaseMs}::int * interval '1 millisecond', "sendingAt" = now()
    WHERE id = ${id}::uuid AND status = 'PENDING' RETURNING attempt`;
  if (!row) throw new Error("The row left PENDING under its conversation's lock");
  return row.attempt;
}

/** SENDING -> UNKNOWN, if the lease is over by the database's clock. */
export async function expireSending(tx: Tx, id: string, error: string): Promise<boolean> {
  const count = await tx.$executeRaw`
    UPDATE "OutboundMessageLog" SET status = 'UNKNOWN', "unknownAt" = now(), error = ${error}
    WHERE id = ${id}::uuid AND status = 'SENDING' AND "leaseUntil" < clock_timestamp()`;
  return count === 1;
}

/** Moves a row on, if it is still in one of the states named (and, for a send, still this attempt of this owner). */
export async function advance(
  tx: Tx,
  where: {
    id: string;
    status: ("PENDING" | "SENDING" | "SENT" | "UNKNOWN")[];
    leaseOwner?: string;
    attempt?: number;
    resolvedAt?: null;
  },
  data: Prisma.OutboundMessageLogUpdateManyMutationInput,
): Promise<boolean> {
  const { count } = await tx.outboundMessageLog.updateMany({ where: { ...where, status: { in: where.status } }, data });
  return count === 1;
}

/** The row a provider's status speaks of: by our own opaque id, else by the provider's message id. */
export async function findForStatus(
  tx: Tx,
  businessId: string,
  channelId: string,
  opaqueId: string | null,
  wamid: string,
) {
  const select = {
    id: true,
    conversationId: true,
    status: true,
    deliveryStatus: true,
    providerMessageId: true,
  } as const;
  const byId =
    opaqueId && (await tx.outboundMessageLog.findFirst({ where: { id: opaqueId, businessId, channelId }, select }));
  return (
    byId || tx.outboundMessageLog.findFirst({ where: { businessId, channelId, providerMessageId: wamid }, select })
  );
}

export async function pauseChannel(tx: Tx, channelId: string, reason: string): Promise<void> {
  await tx.channel.update({
    where: { id: channelId },
    data: { status: "PAUSED", pausedReason: reason, version: { increment: 1 } },
  });
}

/** A conversation as a person's message needs it; null where it is not this business's. */
export async function findForPerson(tx: Tx, businessId: string, conversationId: string) {
  return tx.conversation.findFirst({
    where: { businessId, id: conversationId },
    select: {
      id: true,
      channelId: true,
      handler: true,
      lastInboundAt: true,
      contact: { select: { optedOutAt: true } },
      channel: { select: { status: true } },
    },
  });
}

export async function businessStatus(tx: Tx, businessId: string): Promise<string> {
  return (await tx.business.findUniqueOrThrow({ where: { id: businessId }, select: { status: true } })).status;
}

/** A person takes the conversation; a turn under way is outdated by it. */
export async function takeOverFor(tx: Tx, conversationId: string, userId: string, at: Date): Promise<void> {
  await tx.conversation.update({
    where: { id: conversationId },
    data: {
      handler: "PERSON",
      handlerUserId: userId,
      handlerSince: at,
      stateVersion: { increment: 1 },
      version: { increment: 1 },
    },
  });
}

/** An outbound row with what its view shows; null where it is not this business's. */
export async function findOutbound(tx: Tx, businessId: string, id: string) {
  return tx.outboundMessageLog.findFirst({ where: { businessId, id } });
}

/** The row that a person's idempotency key made before, if it did. */
export async function findByKey(tx: Tx, businessId: string, outboundDedupeKey: string) {
  return tx.outboundMessageLog.findFirst({
    where: { businessId, outboundDedupeKey },
    select: { id: true, text: true },
  });
}

/** How many uncertain sends of a conversation were put before a person and are not decided. */
export async function countUndecided(tx: Tx, businessId: string, conversationId: string): Promise<number> {
  return tx.outboundMessageLog.count({
    where: { businessId, conversationId, status: "UNKNOWN", escalatedAt: { not: null }, resolvedAt: null },
  });
}
