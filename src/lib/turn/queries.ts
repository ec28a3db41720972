import type { Tx } from "@/lib/db";
import type { Prisma } from "@/generated/prisma/client";
import { REPLIED_TO } from "@/lib/whatsapp/describe";

const TURN_LEASE_MS = 30_000;
const PAUSE_AFTER_REPLY_MS = 3_000;
const REPLIES_A_MINUTE = 10;

interface TurnLease {
  fence: bigint;
}

/** What keeps a turn from starting now, if anything does. */
export type LeaseAnswer = { kind: "idle" } | { kind: "wait"; until: Date } | { kind: "leased"; lease: TurnLease };

/**
 * Takes the conversation for one turn: the row lock and the fence serialize turns, whichever process runs them. Waits
 * while another turn is under way, within 3 s of the last reply, and after 10 automatic replies in a minute.
 */
export async function leaseTurn(
  tx: Tx,
  businessId: string,
  conversationId: string,
  owner: string,
): Promise<LeaseAnswer> {
  // Locked first and read after: what committed while we waited for the lock is seen.
  await tx.$queryRaw`SELECT 1 AS locked FROM "Conversation" WHERE id = ${conversationId}::uuid FOR NO KEY UPDATE`;
  const [row] = await tx.$queryRaw<
    { waits: boolean; leaseUntil: Date | null; lastReplyAt: Date | null; dbNow: Date }[]
  >`
    SELECT c."leaseUntil", c."lastReplyAt", clock_timestamp() AS "dbNow",
      EXISTS (SELECT FROM "Message" m WHERE m."businessId" = c."businessId" AND m."conversationId" = c.id AND m."processedAt" IS NULL) AS waits
    FROM "Conversation" c WHERE c."businessId" = ${businessId}::uuid AND c.id = ${conversationId}::uuid`;
  if (!row?.waits) return { kind: "idle" };
  const { leaseUntil, lastReplyAt, dbNow } = row;
  if (leaseUntil && leaseUntil > dbNow) return { kind: "wait", until: new Date(dbNow.getTime() + 500) };
  const rested = lastReplyAt ? new Date(lastReplyAt.getTime() + PAUSE_AFTER_REPLY_MS) : dbNow;
  if (rested > dbNow) return { kind: "wait", until: rested };
  const recent = await tx.outboundMessageLog.findMany({
    where: {
      businessId,
      conversationId,
      replyType: { not: "PERSON" },
      createdAt: { gt: new Date(dbNow.getTime() - 60_000) },
    },
    orderBy: { createdAt: "asc" },
    select: { createdAt: true },
  });
  if (recent.length >= REPLIES_A_MINUTE)
    return { kind: "wait", until: new Date((recent[0]?.createdAt ?? dbNow).getTime() + 60_000) };
  const [leased] = await tx.$queryRaw<{ fence: bigint }[]>`
    UPDATE "Conversation" SET fence = fence + 1, "leaseOwner" = ${owner}, "leaseUntil" = clock_timestamp() + ${TURN_LEASE_MS}::int * interval '1 millisecond'
    WHERE id = ${conversationId}::uuid RETURNING fence`;
  return leased ? { kind: "leased", lease: leased } : { kind: "idle" };
}

/** Everything a turn decides on, read in one go. */
export async function loadTurn(tx: Tx, businessId: string, conversationId: string) {
  const conversation = await tx.conversation.findFirstOrThrow({
    where: { businessId, id: conversationId },
    select: {
      id: true,
      channelId: true,
      contactId: true,
      handler: true,
      stateVersion: true,
      questionsAskedCount: true,
      lastQuestionKey: true,
      lastQuestionRepeated: true,
      knownFields: true,
      unsupportedToldAt: true,
      contact: { select: { displayName: true, optedOutAt: true } },
    },
  });
  const messages = await tx.message.findMany({
    where: { businessId, conversationId, processedAt: null },
    orderBy: [{ sentAt: "asc" }, { seq: "asc" }],
    take: 1000,
    select: { id: true, type: true, text: true, sentAt: true, revokedAt: true },
  });
  const before = await tx.message.findFirst({
    where: { businessId, conversationId, processedAt: { not: null } },
    orderBy: [{ sentAt: "desc" }, { seq: "desc" }],
    select: { sentAt: true },
  });
  const lead = await tx.lead.findFirst({
    where: { businessId, conversationId, closedAt: null },
    include: { facts: { where: { applied: true }, orderBy: { createdAt: "desc" } } },
  });
  const profile = await loadProfile(tx, businessId);
  return { conversation, messages, lastHeardAt: before?.sentAt ?? null, lead, profile };
}

export type Turn = Awaited<ReturnType<typeof loadTurn>>;

async function loadProfile(tx: Tx, businessId: string) {
  const business = await tx.business.findUniqueOrThrow({
    where: { id: businessId },
    select: {
      name: true,
      timeZone: true,
      country: true,
      hours: true,
      status: true,
      serviceTypes: {
        where: { active: true },
        select: { id: true, name: true, serviceTypeEnum: true, synonyms: true },
      },
    },
  });
  return business;
}

/** The last processed message of a kind that is replied to; null where there is none. */
export async function lastProcessedMessage(tx: Tx, businessId: string, conversationId: string) {
  return tx.message.findFirst({
    where: {
      businessId,
      conversationId,
      direction: "INBOUND",
      processedAt: { not: null },
      type: { in: [...REPLIED_TO] },
    },
    orderBy: [{ sentAt: "desc" }, { seq: "desc" }],
    select: { id: true, wamid: true, type: true, text: true, sentAt: true },
  });
}

/** Whether a message was replied to, whatever key its reply has. */
export async function hasReply(tx: Tx, businessId: string, inboundMessageId: string): Promise<boolean> {
  return (
    (await tx.outboundMessageLog.count({ where: { businessId, inboundMessageId, replyType: { not: "PERSON" } } })) > 0
  );
}

/** Locks the conversation for the turn's commit. False: somebody else holds the fence, or a person changed the state meanwhile. */
export async function lockForCommit(
  tx: Tx,
  conversationId: string,
  fence: bigint,
  stateVersion: number,
): Promise<boolean> {
  const rows = await tx.$queryRaw<{ ok: boolean }[]>`
    SELECT fence = ${fence} AND "stateVersion" = ${stateVersion} AS ok FROM "Conversation" WHERE id = ${conversationId}::uuid FOR NO KEY UPDATE`;
  return rows[0]?.ok ?? false;
}

/** Gives the lease back without having decided anything, if it is still ours. */
export async function releaseLease(tx: Tx, conversationId: string, fence: bigint): Promise<void> {
  await tx.conversation.updateMany({
    where: { id: conversationId, fence },
    data: { leaseOwner: null, leaseUntil: null },
  });
}

interface Decided {
  handler: string;
  handlerChanged: boolean;
  questionsAskedCount: number;
  lastQuestionKey: string | null;
  lastQuestionRepeated: boolean;
  knownFields: Prisma.InputJsonValue;
  unsupportedToldAt: Date | null;
  replied: boolean;
}

/** Writes the flow's new state, gives the lease back, and says whether more messages wait already. */
export async function finishTurn(
  tx: Tx,
  conversationId: string,
  messageIds: string[],
  state: Decided,
  now: Date,
): Promise<boolean> {
  const { replied, handlerChanged, ...data } = state;
  await tx.message.updateMany({ where: { id: { in: messageIds } }, data: { processedAt: now } });
  await tx.conversation.update({
    where: { id: conversationId },
    data: {
      ...data,
      ...(handlerChanged && { handlerSince: now, handlerUserId: null }),
      stateVersion: { increment: 1 },
      leaseOwner: null,
      leaseUntil: null,
    },
  });
  // By the database's clock, which is the one it is compared with.
  if (replied)
    await tx.$executeRaw`UPDATE "Conversation" SET "lastReplyAt" = clock_timestamp() WHERE id = ${conversationId}::uuid`;
  return (await tx.message.count({ where: { conversationId, processedAt: null }, take: 1 })) > 0;
}

export async function setOptedOut(tx: Tx, contactId: string, at: Date | null): Promise<void> {
  await tx.contact.update({ where: { id: contactId }, data: { optedOutAt: at, version: { increment: 1 } } });
}

export async function closeLead(tx: Tx, leadId: string, at: Date): Promise<void> {
  await tx.lead.update({ where: { id: leadId }, data: { stage: "CLOSED", closedAt: at, version: { increment: 1 } } });
}
