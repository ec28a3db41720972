import { memberNames } from "@/lib/business/queries";
import type { Ctx } from "@/lib/context";
import { AppError } from "@/lib/error-handler";
import { findOutbound } from "@/lib/outbound/queries";
import type { Outbound } from "@/lib/outbound/schema";
import { outboundView } from "@/lib/outbound/view";

/** One row of the outbound log. Throws NOT_FOUND. */
export async function getOutbound(ctx: Ctx, id: string): Promise<Outbound> {
  return ctx.db.$transaction(async (tx) => {
    const row = await findOutbound(tx, ctx.businessId, id);
    if (!row) throw new AppError("NOT_FOUND");
    const names = await memberNames(tx, [row.authorUserId]);
    return outboundView(row, names.get(row.authorUserId ?? "") ?? null);
  });
}
