import { recordActivity } from "@/lib/activity/record";
import { findAlert, resolveAlert } from "@/lib/alerts/queries";
import type { AlertItem } from "@/lib/alerts/schema";
import type { Ctx } from "@/lib/context";
import { AppError } from "@/lib/error-handler";

/** An owner closes an alert; the same trouble later raises a new one. Safe to call twice. Throws NOT_FOUND. */
export async function dismissAlert(ctx: Ctx, alertId: string): Promise<AlertItem> {
  const { businessId } = ctx;
  return ctx.db.$transaction(async (tx) => {
    const alert = await findAlert(tx, businessId, alertId);
    if (!alert) throw new AppError("NOT_FOUND");
    if (alert.resolvedAt) return alert;
    await resolveAlert(tx, businessId, alert.kind, alert.subject);
    await recordActivity(tx, ctx, { action: "alert.resolved", entity: "alert", entityId: alertId });
    return (await findAlert(tx, businessId, alertId)) ?? alert;
  });
}
