import { recordActivity } from "@/lib/activity/record";
import { resolveAlert } from "@/lib/alerts/queries";
import { activateChannel, lockChannel } from "@/lib/channels/queries";
import type { Channel } from "@/lib/channels/schema";
import type { Ctx } from "@/lib/context";
import { AppError } from "@/lib/error-handler";
import { publish } from "@/lib/events/publish";

/**
 * A paused channel sends again, and its alert is closed; where the cause is still there, the next send pauses it anew.
 * Safe to call twice. Throws NOT_FOUND.
 */
export async function resumeChannel(ctx: Ctx, channelId: string): Promise<Channel> {
  const { businessId } = ctx;
  return ctx.db.$transaction(async (tx) => {
    const before = await lockChannel(tx, businessId, channelId);
    if (!before) throw new AppError("NOT_FOUND");
    await resolveAlert(tx, businessId, "channel_paused", channelId);
    if (before.status === "ACTIVE") return before;
    const after = await activateChannel(tx, businessId, channelId);
    const { status, pausedReason } = before;
    await recordActivity(tx, ctx, {
      action: "channel.resumed",
      entity: "channel",
      entityId: channelId,
      before: { status, pausedReason },
      after: { status: after.status },
    });
    await publish(tx, businessId, "conversation.changed", { channelId });
    return after;
  });
}
