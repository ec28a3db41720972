import { randomUUID } from "node:crypto";
import { hostname } from "node:os";
import { recordActivity } from "@/lib/activity/record";
import type { Ctx } from "@/lib/context";
import { open } from "@/lib/crypto/secretBox";
import { env } from "@/lib/env";
import { publish } from "@/lib/events/publish";
import { sendText, type GraphChannel } from "@/lib/whatsapp/graph";
import type { Address } from "@/lib/whatsapp/envelope";
import { cancelReason } from "./cancelReason";
import { advance, beginSending, lockForDelivery, nextOpen, type DeliveryState } from "./queries";
import { recordOutcome } from "./recordOutcome";

/** How long a request may take, and how long its row is held: the lease outlives the request by far. */
const REQUEST_DEADLINE_MS = 10_000;
const LEASE_MS = 30_000;

/** This process, as leases name it. */
const OWNER = `${hostname()}:${process.pid}:${randomUUID().slice(0, 8)}`;

type Claim =
  | { kind: "none" }
  | { kind: "wait"; until: Date }
  | { kind: "again" }
  | { kind: "send"; id: string; attempt: number; text: string; to: Address; channel: GraphChannel; claimedAt: number };

/**
 * Sends what waits in a conversation, oldest first, one request per SENDING. Returns when to come back, or null when
 * nothing waits. A row whose fate is unknown does not hold up the next.
 */
export async function deliver(ctx: Ctx, conversationId: string): Promise<Date | null> {
  for (;;) {
    const claim = await claimNext(ctx, conversationId);
    if (claim.kind === "none") return null;
    if (claim.kind === "wait") return claim.until;
    if (claim.kind === "send") await sendClaimed(ctx, conversationId, claim);
  }
}

async function claimNext(ctx: Ctx, conversationId: string): Promise<Claim> {
  return ctx.db.$transaction(async (tx): Promise<Claim> => {
    const state = await lockForDelivery(tx, ctx.businessId, conversationId);
    const row = state && (await nextOpen(tx, ctx.businessId, conversationId));
    if (!row) return { kind: "none" };
    if (row.status === "SENDING") {
      if (row.leaseUntil && row.leaseUntil > state.dbNow) return { kind: "wait", until: row.leaseUntil };
      await expireLease(tx, ctx, conversationId, row.id);
      return { kind: "again" };
    }
    if (row.nextAttemptAt > state.dbNow) return { kind: "wait", until: row.nextAttemptAt };
    const reason = cancelReason(row.replyType, state);
    if (reason) {
      await cancel(tx, ctx, conversationId, row.id, reason);
      return { kind: "again" };
    }
    // Measured from before the lease is granted, on a clock that no one sets.
    const claimedAt = performance.now();
    const attempt = await beginSending(tx, row.id, OWNER, LEASE_MS);
    await publish(tx, ctx.businessId, "conversation.changed", { conversationId });
    const to = { phone: state.phone, userId: state.userId };
    return { kind: "send", id: row.id, attempt, text: row.text, to, channel: graphChannel(state), claimedAt };
  });
}

async function sendClaimed(ctx: Ctx, conversationId: string, claim: Extract<Claim, { kind: "send" }>): Promise<void> {
  // A process that slept past its lease no longer owns the row; what it would send now, a person may have sent again.
  if (performance.now() - claim.claimedAt > LEASE_MS - REQUEST_DEADLINE_MS) return;
  const outcome = await sendText(
    claim.channel,
    { to: claim.to, text: claim.text, opaqueId: claim.id },
    { deadlineMs: REQUEST_DEADLINE_MS },
  );
  await recordOutcome(ctx, { id: claim.id, conversationId, attempt: claim.attempt, leaseOwner: OWNER }, outcome);
}

/** SENDING -> UNKNOWN: whoever held the lease is gone, and the request may have left. Never back to PENDING. */
export async function expireLease(
  tx: Parameters<typeof advance>[0],
  ctx: Pick<Ctx, "businessId" | "actor" | "requestId">,
  conversationId: string,
  id: string,
): Promise<void> {
  const error = "The process that sent it stopped before it heard the answer";
  if (!(await advance(tx, { id, status: ["SENDING"] }, { status: "UNKNOWN", unknownAt: new Date(), error }))) return;
  await recordActivity(tx, ctx, {
    action: "outbound.unknown",
    entity: "conversation",
    entityId: conversationId,
    after: { id, error },
  });
  await publish(tx, ctx.businessId, "conversation.changed", { conversationId });
}

async function cancel(
  tx: Parameters<typeof advance>[0],
  ctx: Ctx,
  conversationId: string,
  id: string,
  reason: string,
): Promise<void> {
  await advance(tx, { id, status: ["PENDING"] }, { status: "CANCELLED", cancelledAt: ctx.now(), cancelReason: reason });
  await recordActivity(tx, ctx, {
    action: "outbound.cancelled",
    entity: "conversation",
    entityId: conversationId,
    after: { id, reason },
  });
  await publish(tx, ctx.businessId, "conversation.changed", { conversationId });
}

function graphChannel(state: DeliveryState): GraphChannel {
  const { APP_URL, WHATSAPP_GRAPH_URL, WHATSAPP_GRAPH_VERSION } = env();
  return {
    baseUrl: state.mode === "SIMULATOR" ? `${APP_URL}/api/simulator/graph` : WHATSAPP_GRAPH_URL,
    version: WHATSAPP_GRAPH_VERSION,
    phoneNumberId: state.phoneNumberId,
    accessToken: state.accessTokenEnc ? open(state.accessTokenEnc) : "",
  };
}
