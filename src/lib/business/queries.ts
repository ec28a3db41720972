import type { Ctx } from "@/lib/context";
import type { Tx } from "@/lib/db";
import { AppError } from "@/lib/error-handler";
import { Business } from "@/lib/business/schema";

/** The business that the caller acts for. Throws NOT_FOUND where `businessId` is another. */
export async function getBusiness(ctx: Ctx, businessId: string): Promise<Business> {
  const row = await ctx.db.$transaction((tx) =>
    tx.business.findFirst({ where: { AND: [{ id: businessId }, { id: ctx.businessId }] } }),
  );
  if (!row) throw new AppError("NOT_FOUND");
  return Business.parse(row);
}

/** The zone in which a business's times are said, an IANA name. */
export async function timeZoneOf(tx: Tx, businessId: string): Promise<string> {
  const { timeZone } = await tx.business.findUniqueOrThrow({ where: { id: businessId }, select: { timeZone: true } });
  return timeZone;
}

/** The names of members by user id; without a name the address stands in. Who has left the business is not in it. */
export async function memberNames(tx: Tx, userIds: (string | null)[]): Promise<Map<string, string>> {
  const ids = [...new Set(userIds)].filter((id) => id !== null);
  if (ids.length === 0) return new Map();
  const users = await tx.user.findMany({ where: { id: { in: ids } }, select: { id: true, name: true, email: true } });
  return new Map(users.map(({ id, name, email }) => [id, name ?? email]));
}
