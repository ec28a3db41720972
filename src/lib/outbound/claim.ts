import { recordActivity } from "@/lib/activity/record";
import type { Ctx } from "@/lib/context";
import { open } from "@/lib/crypto/secretBox";
import type { Tx } from "@/lib/db";
import { env } from "@/lib/env";
import { publish } from "@/lib/events/publish";
import { OWNER } from "@/lib/queue/owner";
import type { Address } from "@/lib/whatsapp/envelope";
import type { GraphChannel } from "@/lib/whatsapp/graph";
import { cancelReason } from "./cancelReason";
import {
  advance,
  beginSending,
  deliveryState,
  expireSending,
  findOutbound,
  lockConversation,
  nextOpen,
  type DeliveryState,
} from "./queries";
import { stopChannel } from "./stopChannel";

const UNREADABLE = "The channel's access token cannot be read; connect the channel again";

/** How long a row is held for one request. */
export const LEASE_MS = 30_000;

export interface ClaimedSend {
  kind: "send";
  id: string;
  attempt: number;
  text: string;
  to: Address;
  channelId: string;
  channel: GraphChannel;
  /** performance.now() from before the lease was granted: a clock that no one sets */
  claimedAt: number;
}

type Claim = { kind: "none" } | { kind: "wait"; until: Date } | { kind: "again" } | ClaimedSend;

/** Takes the next row of a conversation for one request: the last look, then SENDING, committed before the request leaves. */
export async function claimNext(ctx: Ctx, conversationId: string): Promise<Claim> {
  return ctx.db.$transaction(async (tx): Promise<Claim> => {
    // Locked first and read after: what committed while we waited for the lock is seen.
    await lockConversation(tx, conversationId);
    const state = await deliveryState(tx, ctx.businessId, conversationId);
    const row = state && (await nextOpen(tx, ctx.businessId, conversationId));
    if (!row) return { kind: "none" };
    if (row.status === "SENDING") {
      if (row.leaseUntil && row.leaseUntil > state.dbNow) return { kind: "wait", until: row.leaseUntil };
      await expireLease(tx, ctx, conversationId, row.id);
      return { kind: "again" };
    }
    const reason = (await arrivedAfterAll(tx, ctx, row.resendOfId)) ?? cancelReason(row.replyType, state);
    if (reason) {
      await cancel(tx, ctx, conversationId, row.id, reason);
      return { kind: "again" };
    }
    if (row.nextAttemptAt > state.dbNow) return { kind: "wait", until: row.nextAttemptAt };
    const channel = graphChannel(ctx, state);
    if (!channel) {
      // The next look cancels what waits, with that reason: seen, instead of tried for ever.
      await stopChannel(tx, ctx.businessId, state.channelId, { code: null, message: UNREADABLE });
      return { kind: "again" };
    }
    const claimedAt = performance.now();
    const attempt = await beginSending(tx, row.id, OWNER, LEASE_MS);
    const to = { phone: state.phone, userId: state.userId };
    return { kind: "send", id: row.id, attempt, text: row.text, to, channelId: state.channelId, channel, claimedAt };
  });
}

/** SENDING -> UNKNOWN where the lease ran out: whoever held it is gone, and the request may have left. Never back to PENDING. */
export async function expireLease(
  tx: Tx,
  ctx: Pick<Ctx, "businessId" | "actor" | "requestId">,
  conversationId: string,
  id: string,
): Promise<void> {
  const error = "The process that sent it stopped before it heard the answer";
  if (await expireSending(tx, id, error)) await tell(tx, ctx, conversationId, "outbound.unknown", { id, error });
}

async function cancel(tx: Tx, ctx: Ctx, conversationId: string, id: string, reason: string): Promise<void> {
  await advance(tx, { id, status: ["PENDING"] }, { status: "CANCELLED", cancelledAt: ctx.now(), cancelReason: reason });
  await tell(tx, ctx, conversationId, "outbound.cancelled", { id, reason });
}

async function tell(
  tx: Tx,
  ctx: Pick<Ctx, "businessId" | "actor" | "requestId">,
  conversationId: string,
  action: string,
  after: Record<string, string>,
): Promise<void> {
  await recordActivity(tx, ctx, { action, entity: "conversation", entityId: conversationId, after });
  await publish(tx, ctx.businessId, "conversation.changed", { conversationId });
}

/** A message that a person chose to send again, whose first sending proved to have arrived meanwhile. */
async function arrivedAfterAll(tx: Tx, ctx: Ctx, resendOfId: string | null): Promise<string | null> {
  const first = resendOfId && (await findOutbound(tx, ctx.businessId, resendOfId));
  return first && first.status === "SENT" ? "The first sending arrived after all" : null;
}

/** Null: the channel's token cannot be read with the keys there are. */
function graphChannel(ctx: Ctx, state: DeliveryState): GraphChannel | null {
  const { APP_URL, WHATSAPP_GRAPH_URL, WHATSAPP_GRAPH_VERSION } = env();
  try {
    return {
      baseUrl: state.mode === "SIMULATOR" ? `${APP_URL}/api/simulator/graph` : WHATSAPP_GRAPH_URL,
      version: WHATSAPP_GRAPH_VERSION,
      phoneNumberId: state.phoneNumberId,
      accessToken: state.accessTokenEnc ? open(state.accessTokenEnc) : "",
    };
  } catch (error) {
    ctx.log.error({ err: error, channelId: state.channelId }, "a channel's token cannot be read");
    return null;
  }
}
