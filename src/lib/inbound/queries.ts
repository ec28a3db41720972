import type { Tx } from "@/lib/db";
import type { Prisma } from "@/generated/prisma/client";
import type { Address, InboundMessage } from "@/lib/whatsapp/envelope";

/** Those of some raw webhooks that still wait to be routed, in the order they came. */
export async function loadRawEvents(tx: Tx, ids: string[]) {
  return tx.rawWebhookEvent.findMany({
    where: { id: { in: ids }, status: "RECEIVED" },
    orderBy: [{ receivedAt: "asc" }, { id: "asc" }],
    select: { id: true, body: true, receivedAt: true },
  });
}

/** Closes raw webhooks that were understood whole. */
export async function finishRawEvents(tx: Tx, ids: string[]): Promise<void> {
  await tx.rawWebhookEvent.updateMany({ where: { id: { in: ids } }, data: { status: "DONE", doneAt: new Date() } });
}

/** Closes a raw webhook in which something was not understood. */
export async function keepStrange(tx: Tx, id: string, problems: string[]): Promise<void> {
  const problem = problems.slice(0, 20).join("\n").slice(0, 4000);
  await tx.rawWebhookEvent.update({ where: { id }, data: { status: "STRANGE", problem, doneAt: new Date() } });
}

export interface Holding {
  businessId: string;
  channelId: string;
  phoneNumberId: string;
  heldFrom: Date;
  heldUntil: Date | null;
}

/** Every business that ever held one of these numbers, with the time it did; the newest holding first. */
export async function holdingsOf(tx: Tx, phoneNumberIds: string[]): Promise<Holding[]> {
  return tx.channelHolding.findMany({
    where: { phoneNumberId: { in: phoneNumberIds } },
    orderBy: [{ heldFrom: "desc" }, { id: "desc" }],
    select: { businessId: true, channelId: true, phoneNumberId: true, heldFrom: true, heldUntil: true },
  });
}

export interface KnownSend {
  id: string;
  channelId: string;
  wamid: string | null;
}

/** Those sends of some channels that have one of these ids, ours or the provider's. */
export async function findSends(
  tx: Tx,
  channels: Pick<Holding, "businessId" | "channelId">[],
  ids: string[],
  wamids: string[],
): Promise<KnownSend[]> {
  const businessId = { in: channels.map((channel) => channel.businessId) };
  const channelId = { in: channels.map((channel) => channel.channelId) };
  const rows = await tx.outboundMessageLog.findMany({
    where: { businessId, channelId, OR: [{ id: { in: ids } }, { providerMessageId: { in: wamids } }] },
    select: { id: true, channelId: true, providerMessageId: true },
  });
  return rows.map(({ providerMessageId, ...row }) => ({ ...row, wamid: providerMessageId }));
}

/** Routing on one channel is done by one process at a time: contacts and conversations are made once, in order. */
export async function lockChannel(tx: Tx, channelId: string): Promise<void> {
  await tx.$queryRaw`SELECT 1 AS locked FROM "Channel" WHERE id = ${channelId}::uuid FOR NO KEY UPDATE`;
}

export interface Party {
  contactId: string;
  conversationId: string;
}

export interface FoundParty {
  contactId: string;
  conversationId: string | null;
  /** the addresses that the contact has now */
  phone: string | null;
  userId: string | null;
}

/** For each address the contact that has it now, and its conversation on the channel if there is one; null for nobody. */
export async function findParties(
  tx: Tx,
  businessId: string,
  channelId: string,
  addresses: Address[],
): Promise<(FoundParty | null)[]> {
  const rows = await tx.$queryRaw<(FoundParty & { at: bigint })[]>`
    SELECT asked.at, party.* FROM unnest(${addresses.map(({ phone }) => phone)}::text[], ${addresses.map(({ userId }) => userId)}::text[])
      WITH ORDINALITY AS asked(phone, "userId", at)
    CROSS JOIN LATERAL (
      SELECT a."contactId", c.id AS "conversationId",
        (SELECT max(b.value) FROM "ContactAddress" b WHERE b."businessId" = a."businessId" AND b."contactId" = a."contactId"
          AND b.kind = 'PHONE' AND b."validUntil" IS NULL) AS phone,
        (SELECT max(b.value) FROM "ContactAddress" b WHERE b."businessId" = a."businessId" AND b."contactId" = a."contactId"
          AND b.kind = 'BSUID' AND b."validUntil" IS NULL) AS "userId"
      FROM "ContactAddress" a
      LEFT JOIN "Conversation" c ON c."businessId" = a."businessId" AND c."channelId" = ${channelId}::uuid AND c."contactId" = a."contactId"
      WHERE a."businessId" = ${businessId}::uuid AND a."validUntil" IS NULL
        AND ((a.kind = 'PHONE' AND a.value = asked.phone) OR (a.kind = 'BSUID' AND a.value = asked."userId"))
      ORDER BY a.kind DESC LIMIT 1) AS party`;
  const found = new Map(rows.map(({ at, ...party }) => [Number(at) - 1, party]));
  return addresses.map((_, at) => found.get(at) ?? null);
}

export async function createContact(tx: Tx, businessId: string, displayName: string | null): Promise<string> {
  const { id } = await tx.contact.create({ data: { businessId, displayName }, select: { id: true } });
  return id;
}

export interface AddressChange {
  kind: "PHONE" | "BSUID";
  value: string;
  /** the one of this kind that the contact has now */
  had: string | null;
  at: Date;
  /** whoever told it named `had` as what it replaces, so that it is news whatever the clocks say */
  replaces: boolean;
}

/**
 * Gives a contact a current address from a time on; the one of the same kind that it had ends there. "taken": another
 * contact has the address. "late": a later word on this contact's stands already. Both change nothing.
 */
export async function takeAddress(
  tx: Tx,
  businessId: string,
  contactId: string,
  { kind, value, had, at, replaces }: AddressChange,
): Promise<"moved" | "taken" | "late"> {
  const old = { businessId, contactId, kind, value: { not: value }, validUntil: null };
  const later = { ...old, validFrom: { gt: at } };
  if (had !== null && !replaces && (await tx.contactAddress.count({ where: later })) > 0) return "late";
  const inserted = await tx.$executeRaw`
    INSERT INTO "ContactAddress" (id, "businessId", "contactId", kind, value, "validFrom")
    VALUES (gen_random_uuid(), ${businessId}::uuid, ${contactId}::uuid, ${kind}, ${value}, ${at})
    ON CONFLICT ("businessId", kind, value) WHERE "validUntil" IS NULL DO NOTHING`;
  if (inserted === 0) return "taken";
  if (had !== null) await tx.contactAddress.updateMany({ where: old, data: { validUntil: at } });
  return "moved";
}

export async function createConversation(
  tx: Tx,
  businessId: string,
  channelId: string,
  contactId: string,
): Promise<string> {
  const { id } = await tx.conversation.create({ data: { businessId, channelId, contactId }, select: { id: true } });
  return id;
}

interface MessageRow {
  businessId: string;
  conversationId: string;
  channelId: string;
  direction: "INBOUND" | "ECHO";
  rawEventId: string;
  message: InboundMessage;
}

/** Keeps a message; the unique wamid is the inbound guard. False: it was there. */
export async function insertMessage(tx: Tx, { message, ...row }: MessageRow): Promise<boolean> {
  const { count } = await tx.message.createMany({
    data: [
      {
        ...row,
        wamid: message.wamid,
        type: message.type,
        text: message.text,
        content: message.content as Prisma.InputJsonValue,
        replyToWamid: message.replyToWamid,
        sentAt: message.sentAt,
        ...(row.direction === "ECHO" && { processedAt: new Date() }),
      },
    ],
    skipDuplicates: true,
  });
  return count === 1;
}

/**
 * Counts a further delivery of a message that the inbound guard stopped: once per delivery, however often that is
 * routed. The activity is what remembers which deliveries were counted.
 */
export async function countDuplicate(tx: Tx, channelId: string, wamid: string, rawEventId: string): Promise<void> {
  await tx.$executeRaw`
    WITH counted AS (
      INSERT INTO "Activity" (id, "businessId", actor, action, entity, "entityId", "requestId")
      SELECT gen_random_uuid(), m."businessId", 'system', 'message.duplicate', 'message', m.id, ${rawEventId}::uuid FROM "Message" m
      WHERE m."businessId" = current_business_id() AND m."channelId" = ${channelId}::uuid AND m.wamid = ${wamid}
        AND NOT EXISTS (SELECT FROM "Activity" a WHERE a."businessId" = m."businessId" AND a.entity = 'message'
          AND a."entityId" = m.id AND a.action = 'message.duplicate' AND a."requestId" = ${rawEventId}::uuid)
      RETURNING "entityId")
    UPDATE "Message" SET "duplicateCount" = "duplicateCount" + 1
    WHERE "businessId" = current_business_id() AND id IN (SELECT "entityId" FROM counted)`;
}

/** Whether a message was first kept by this very delivery. */
export async function keptBy(tx: Tx, channelId: string, wamid: string, rawEventId: string): Promise<boolean> {
  return (await tx.message.count({ where: { channelId, wamid, rawEventId } })) > 0;
}

/** Brings the inbox's line up to date after a message; `inbound`: the customer spoke, which opens the 24-hour window. */
export async function touchConversation(
  tx: Tx,
  conversationId: string,
  sentAt: Date,
  preview: string,
  inbound: boolean,
): Promise<void> {
  await tx.$executeRaw`
    UPDATE "Conversation" SET
      "lastMessagePreview" = CASE WHEN "lastMessageAt" IS NULL OR ${sentAt} >= "lastMessageAt" THEN ${preview} ELSE "lastMessagePreview" END,
      "lastMessageAt" = GREATEST("lastMessageAt", ${sentAt}),
      "lastInboundAt" = CASE WHEN ${inbound} THEN GREATEST("lastInboundAt", ${sentAt}) ELSE "lastInboundAt" END,
      "unreadCount" = "unreadCount" + CASE WHEN ${inbound} THEN 1 ELSE 0 END,
      "updatedAt" = now()
    WHERE id = ${conversationId}::uuid`;
}

/** What later messages say of an earlier one (edited, taken back, reacted to), in the order they were sent. */
export async function findMarks(tx: Tx, businessId: string, conversationId: string, wamid: string, since: Date) {
  return tx.$queryRaw<{ type: string; text: string | null; emoji: string | null; sentAt: Date }[]>`
    SELECT type, text, content->'reaction'->>'emoji' AS emoji, "sentAt" FROM "Message"
    WHERE "businessId" = ${businessId}::uuid AND "conversationId" = ${conversationId}::uuid AND "sentAt" >= ${since}
      AND direction = 'INBOUND' AND type IN ('reaction', 'edit', 'revoke')
      AND COALESCE(content->type->>'original_message_id', content->type->>'message_id') = ${wamid}
    ORDER BY "sentAt", seq`;
}

/** The message of a wamid, where it was kept. */
export async function findMessage(tx: Tx, businessId: string, channelId: string, wamid: string) {
  return tx.message.findUnique({
    where: { businessId_channelId_wamid: { businessId, channelId, wamid } },
    select: { id: true },
  });
}

export async function markMessage(
  tx: Tx,
  channelId: string,
  wamid: string,
  data: { editedAt?: Date; text?: string; revokedAt?: Date; reaction?: string | null },
): Promise<void> {
  await tx.message.updateMany({ where: { channelId, wamid }, data });
}

/** The owner spoke from the phone: the receptionist is silent until handed back. */
export async function handToPerson(tx: Tx, conversationId: string, at: Date): Promise<boolean> {
  const { count } = await tx.conversation.updateMany({
    where: { id: conversationId, handler: "AI" },
    data: { handler: "PERSON", handlerSince: at, handlerUserId: null, stateVersion: { increment: 1 } },
  });
  return count === 1;
}

/** Opens an enquiry; the unique open lead of a conversation stops a second one. */
export async function createLead(tx: Tx, businessId: string, contactId: string, conversationId: string) {
  return tx.lead.create({ data: { businessId, contactId, conversationId } });
}

export async function updateLead(tx: Tx, id: string, data: Prisma.LeadUncheckedUpdateInput): Promise<void> {
  await tx.lead.update({ where: { id }, data: { ...data, version: { increment: 1 } } });
}

/** Adds facts with their provenance; none is ever changed or taken away here. */
export async function addFacts(tx: Tx, facts: Prisma.LeadFactCreateManyInput[]): Promise<void> {
  await tx.leadFact.createMany({ data: facts });
}
