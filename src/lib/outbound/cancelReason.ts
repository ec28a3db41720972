import type { DeliveryState } from "./queries";

export const WINDOW_MS = 24 * 3600 * 1000;

/** Why a waiting message must not go out any more, in words for a person; null: it may. Asked at the last moment before sending. */
export function cancelReason(replyType: string, state: DeliveryState): string | null {
  const byPerson = replyType === "PERSON";
  if (state.businessStatus === "SUSPENDED") return "The business is suspended";
  if (!state.held) return "The number now belongs to another business";
  if (state.channelStatus === "PAUSED")
    return `The channel is paused${state.pausedReason ? `: ${state.pausedReason}` : ""}`;
  if (state.optedOutAt && replyType !== "OPT_OUT") return "The customer asked for no more messages";
  if (state.handler === "PERSON" && !byPerson && replyType !== "HANDOVER" && replyType !== "OPT_OUT")
    return "A person took over the conversation";
  if (!state.lastInboundAt || state.dbNow.getTime() - state.lastInboundAt.getTime() > WINDOW_MS)
    return "The customer last wrote more than 24 hours ago";
  if (!state.phone && !state.userId) return "The customer has no address that could be written to";
  return null;
}
