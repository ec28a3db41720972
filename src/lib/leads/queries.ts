import type { Prisma } from "@/generated/prisma/client";
import type { Ctx } from "@/lib/context";
import type { Tx } from "@/lib/db";
import { AppError } from "@/lib/error-handler";
import { cutPage, type KeysetCursor, type Page } from "@/lib/http/cursor";
import { leadView, leadWithFactsView } from "@/lib/leads/leadView";
import type { Lead, LeadWithFacts } from "@/lib/leads/schema";

const WITH_CONTACT = {
  contact: {
    select: {
      displayName: true,
      addresses: { where: { validUntil: null }, select: { kind: true, value: true } },
    },
  },
} satisfies Prisma.LeadInclude;

/** A page of the business's leads, the last changed first. */
export async function listLeads(
  ctx: Ctx,
  { limit, cursor }: { limit: number; cursor?: KeysetCursor | undefined },
): Promise<Page<Lead>> {
  return ctx.db.$transaction(async (tx) => {
    const rows = await tx.lead.findMany({
      where: { businessId: ctx.businessId, ...(cursor && before(cursor)) },
      orderBy: [{ updatedAt: "desc" }, { id: "desc" }],
      take: limit + 1,
      include: WITH_CONTACT,
    });
    const services = await serviceNames(tx, ctx.businessId, rows);
    return cutPage(
      rows,
      limit,
      (row) => [row.updatedAt.toISOString(), row.id],
      (row) => leadView(row, services.get(row.serviceTypeId ?? "") ?? null),
    );
  });
}

/** One lead with its facts, the newest first. Throws NOT_FOUND. */
export async function getLead(ctx: Ctx, leadId: string): Promise<LeadWithFacts> {
  return ctx.db.$transaction(async (tx) => {
    const row = await tx.lead.findFirst({
      where: { businessId: ctx.businessId, id: leadId },
      include: { ...WITH_CONTACT, facts: { orderBy: [{ createdAt: "desc" }, { id: "desc" }] } },
    });
    if (!row) throw new AppError("NOT_FOUND");
    const services = await serviceNames(tx, ctx.businessId, [row]);
    return leadWithFactsView(row, services.get(row.serviceTypeId ?? "") ?? null);
  });
}

/** The enquiry that is open in a conversation, or null. */
export async function openLeadId(tx: Tx, businessId: string, conversationId: string): Promise<string | null> {
  const lead = await tx.lead.findFirst({
    where: { businessId, conversationId, closedAt: null },
    select: { id: true },
  });
  return lead?.id ?? null;
}

async function serviceNames(
  tx: Tx,
  businessId: string,
  leads: { serviceTypeId: string | null }[],
): Promise<Map<string, string>> {
  const ids = [...new Set(leads.map(({ serviceTypeId }) => serviceTypeId))].filter((id) => id !== null);
  if (ids.length === 0) return new Map();
  const services = await tx.serviceType.findMany({
    where: { businessId, id: { in: ids } },
    select: { id: true, name: true },
  });
  return new Map(services.map(({ id, name }) => [id, name]));
}

function before([at, id]: KeysetCursor): Prisma.LeadWhereInput {
  return { updatedAt: { lte: at }, OR: [{ updatedAt: { lt: at } }, { id: { lt: id } }] };
}
