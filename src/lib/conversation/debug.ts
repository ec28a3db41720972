import type { Ctx } from "@/lib/context";
import { loadDebugRows } from "@/lib/conversation/queries";
import { ConversationDebug } from "@/lib/conversation/schema";
import { outboundView } from "@/lib/outbound/view";

type DebugRows = Awaited<ReturnType<typeof loadDebugRows>>;

/** A conversation as the platform's admin debugs it, the newest first in every list. Throws NOT_FOUND. */
export async function getConversationDebug(ctx: Ctx, conversationId: string): Promise<ConversationDebug> {
  return debugView(await ctx.db.$transaction((tx) => loadDebugRows(tx, ctx.businessId, conversationId)));
}

function debugView({ row, inbound, outbound, names, timeline }: DebugRows): ConversationDebug {
  return ConversationDebug.parse({
    ...row,
    fence: row.fence.toString(),
    leaseUntil: iso(row.leaseUntil),
    lastInboundAt: iso(row.lastInboundAt),
    lastReplyAt: iso(row.lastReplyAt),
    inbound: inbound.map((message) => ({
      ...message,
      sentAt: iso(message.sentAt),
      receivedAt: iso(message.receivedAt),
      processedAt: iso(message.processedAt),
    })),
    outbound: outbound.map((reply) => outboundView(reply, names.get(reply.authorUserId ?? "") ?? null)),
    timeline: timeline.map((entry) => ({ ...entry, at: iso(entry.createdAt) })),
  });
}

function iso(instant: Date | null): string | null {
  return instant?.toISOString() ?? null;
}
