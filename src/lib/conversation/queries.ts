import type { Prisma } from "@/generated/prisma/client";
import { memberNames, timeZoneOf } from "@/lib/business/queries";
import type { Ctx } from "@/lib/context";
import { conversationView, inboundItem, outboundItem, summaryView } from "@/lib/conversation/conversationView";
import type { ItemCursor } from "@/lib/conversation/itemCursor";
import type { Conversation, ConversationItem, ConversationSummary } from "@/lib/conversation/schema";
import type { Tx } from "@/lib/db";
import { AppError } from "@/lib/error-handler";
import { cutPage, type KeysetCursor, type Page } from "@/lib/http/cursor";
import { openLeadId } from "@/lib/leads/queries";

const WITH_CONTACT = {
  contact: {
    select: {
      displayName: true,
      optedOutAt: true,
      addresses: { where: { validUntil: null }, select: { kind: true, value: true } },
    },
  },
} satisfies Prisma.ConversationInclude;

interface ListQuery {
  limit: number;
  cursor?: KeysetCursor | undefined;
  search?: string | undefined;
}

/** A page of the inbox, newest activity first; what has no message yet is not in it. */
export async function listConversations(
  ctx: Ctx,
  { limit, cursor, search }: ListQuery,
): Promise<Page<ConversationSummary>> {
  const where: Prisma.ConversationWhereInput = {
    businessId: ctx.businessId,
    lastMessageAt: { not: null },
    AND: [cursor ? before(cursor) : {}, search ? matching(search) : {}],
  };
  const rows = await ctx.db.$transaction((tx) =>
    tx.conversation.findMany({
      where,
      orderBy: [{ lastMessageAt: "desc" }, { id: "desc" }],
      take: limit + 1,
      include: WITH_CONTACT,
    }),
  );
  return cutPage(rows, limit, (row) => [row.lastMessageAt?.toISOString() ?? "", row.id], summaryView);
}

/** One conversation. Throws NOT_FOUND. */
export async function getConversation(ctx: Ctx, conversationId: string): Promise<Conversation> {
  return ctx.db.$transaction((tx) => loadConversation(tx, ctx.businessId, conversationId));
}

/** The same within a transaction under way. Throws NOT_FOUND. */
export async function loadConversation(tx: Tx, businessId: string, id: string): Promise<Conversation> {
  const row = await tx.conversation.findFirst({
    where: { businessId, id },
    include: {
      ...WITH_CONTACT,
      channel: { select: { displayNumber: true, status: true, business: { select: { status: true } } } },
    },
  });
  if (!row) throw new AppError("NOT_FOUND");
  const names = await memberNames(tx, [row.handlerUserId]);
  return conversationView(row, {
    leadId: await openLeadId(tx, businessId, id),
    handlerName: names.get(row.handlerUserId ?? "") ?? null,
    timeZone: await timeZoneOf(tx, businessId),
  });
}

/**
 * A page of what was said in a conversation, both ways, in the order in which it happened; the next page is older.
 * Throws NOT_FOUND.
 */
export async function listItems(
  ctx: Ctx,
  conversationId: string,
  { limit, cursor }: { limit: number; cursor?: ItemCursor | undefined },
): Promise<Page<ConversationItem>> {
  const { businessId } = ctx;
  return ctx.db.$transaction(async (tx) => {
    const found = await tx.conversation.findFirst({ where: { businessId, id: conversationId }, select: { id: true } });
    if (!found) throw new AppError("NOT_FOUND");
    const inbound = await tx.message.findMany({
      where: { businessId, conversationId, ...(cursor && inboundBefore(cursor)) },
      orderBy: [{ sentAt: "desc" }, { seq: "desc" }],
      take: limit + 1,
    });
    const outbound = await tx.outboundMessageLog.findMany({
      where: { businessId, conversationId, ...(cursor && outboundBefore(cursor)) },
      orderBy: [{ createdAt: "desc" }, { seq: "desc" }],
      take: limit + 1,
    });
    const names = await memberNames(
      tx,
      outbound.map(({ authorUserId }) => authorUserId),
    );
    const merged = [
      ...inbound.map((row) => ({ at: row.sentAt, side: 0, seq: row.seq, view: () => inboundItem(row) })),
      ...outbound.map((row) => ({
        at: row.createdAt,
        side: 1,
        seq: row.seq,
        view: () => outboundItem(row, names.get(row.authorUserId ?? "") ?? null),
      })),
    ].sort((a, b) => b.at.getTime() - a.at.getTime() || b.side - a.side || Number(b.seq - a.seq));
    const page = cutPage(
      merged,
      limit,
      (item) => [item.at.toISOString(), item.side, item.seq.toString()],
      (item) => item.view(),
    );
    return { ...page, items: page.items.reverse() };
  });
}

/** Who handles a conversation, locked until the transaction ends. Throws NOT_FOUND. */
export async function lockHandler(tx: Tx, businessId: string, id: string) {
  const [row] = await tx.$queryRaw<{ id: string; handler: "AI" | "PERSON"; handlerUserId: string | null }[]>`
    SELECT id, handler, "handlerUserId" FROM "Conversation"
    WHERE "businessId" = ${businessId}::uuid AND id = ${id}::uuid FOR UPDATE`;
  if (!row) throw new AppError("NOT_FOUND");
  return row;
}

/** Changes who handles a conversation; a turn under way finds another `stateVersion` and is done anew. */
export async function setHandler(
  tx: Tx,
  businessId: string,
  id: string,
  data: { handler: "AI" | "PERSON"; handlerUserId: string | null; handlerSince: Date },
): Promise<void> {
  await tx.conversation.update({
    where: { businessId_id: { businessId, id } },
    data: { ...data, stateVersion: { increment: 1 }, version: { increment: 1 } },
  });
}

/** Sets a conversation's unread messages to none. False: there were none. */
export async function clearUnread(tx: Tx, businessId: string, id: string): Promise<boolean> {
  const { count } = await tx.conversation.updateMany({
    where: { businessId, id, unreadCount: { gt: 0 } },
    data: { unreadCount: 0 },
  });
  return count > 0;
}

/** What the debug panel shows of a conversation: the newest rows of each kind. Throws NOT_FOUND. */
export async function loadDebugRows(tx: Tx, businessId: string, id: string) {
  const row = await tx.conversation.findFirst({ where: { businessId, id } });
  if (!row) throw new AppError("NOT_FOUND");
  const where = { businessId, conversationId: id };
  const inbound = await tx.message.findMany({ where, orderBy: [{ sentAt: "desc" }, { seq: "desc" }], take: 50 });
  const outbound = await tx.outboundMessageLog.findMany({ where, orderBy: { seq: "desc" }, take: 50 });
  const timeline = await tx.activity.findMany({
    where: { businessId, entity: "conversation", entityId: id },
    orderBy: [{ createdAt: "desc" }, { id: "desc" }],
    take: 100,
  });
  const names = await memberNames(
    tx,
    outbound.map(({ authorUserId }) => authorUserId),
  );
  return { row, inbound, outbound, names, timeline };
}

function before([at, id]: KeysetCursor): Prisma.ConversationWhereInput {
  return { lastMessageAt: { lte: at }, OR: [{ lastMessageAt: { lt: at } }, { id: { lt: id } }] };
}

function inboundBefore([at, side, seq]: ItemCursor): Prisma.MessageWhereInput {
  return side === 1
    ? { sentAt: { lte: at } }
    : { sentAt: { lte: at }, OR: [{ sentAt: { lt: at } }, { seq: { lt: seq } }] };
}

function outboundBefore([at, side, seq]: ItemCursor): Prisma.OutboundMessageLogWhereInput {
  return side === 1
    ? { createdAt: { lte: at }, OR: [{ createdAt: { lt: at } }, { seq: { lt: seq } }] }
    : { createdAt: { lt: at } };
}

// A number is looked for by its digits, however it was typed.
function matching(search: string): Prisma.ConversationWhereInput {
  const text = { contains: search.replace(/[\\%_]/g, "\\$&"), mode: "insensitive" as const };
  const digits = /^[\d\s()+./-]+$/.test(search) ? search.replace(/\D/g, "") : "";
  const address = digits ? { contains: digits } : text;
  return {
    OR: [
      { lastMessagePreview: text },
      { contact: { displayName: text } },
      { contact: { addresses: { some: { validUntil: null, value: address } } } },
    ],
  };
}
