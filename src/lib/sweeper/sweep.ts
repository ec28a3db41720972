import { raiseAlert } from "@/lib/alerts/queries";
import type { Ctx } from "@/lib/context";
import type { Db, Tx } from "@/lib/db";
import { publish } from "@/lib/events/publish";
import { expireLease } from "@/lib/outbound/deliver";
import { sendJobs, type NewJob } from "@/lib/queue/queue";
import {
  escalate,
  expiredSends,
  forgetOld,
  forgottenDeliveries,
  forgottenRawEvents,
  forgottenTurns,
  silentUnknowns,
} from "./queries";

/** How long the provider may be silent on an uncertain send before a person is asked. */
const SILENCE_MS = 30_000;

/**
 * Finds what a lost job or a dead process left behind: wakes what waits, calls an expired send UNKNOWN, and puts what
 * stays uncertain before a person. Safe to run at any time, by several processes at once.
 */
export async function sweep(system: Db, contextFor: (businessId: string) => Ctx): Promise<void> {
  const found = await system.$transaction(async (tx) => ({
    raw: await forgottenRawEvents(tx),
    turns: await forgottenTurns(tx),
    deliveries: await forgottenDeliveries(tx),
    expired: await expiredSends(tx),
    silent: await silentUnknowns(tx, SILENCE_MS),
  }));
  for (const { id, businessId, conversationId } of found.expired) {
    const ctx = contextFor(businessId);
    await ctx.db.$transaction((tx) => expireLease(tx, ctx, conversationId, id));
  }
  for (const { id, businessId, conversationId } of found.silent)
    await contextFor(businessId).db.$transaction((tx) => tellPerson(tx, businessId, conversationId, id));
  await system.$transaction(async (tx) => {
    await forgetOld(tx);
    await sendJobs(
      tx,
      "ingest",
      found.raw.map(({ id }) => ({ data: { rawEventId: id }, singletonKey: id })),
    );
    await sendJobs(tx, "turn", found.turns.map(perConversation));
    await sendJobs(tx, "deliver", [...found.deliveries, ...found.expired].map(perConversation));
  });
}

async function tellPerson(tx: Tx, businessId: string, conversationId: string, id: string): Promise<void> {
  if (!(await escalate(tx, id))) return;
  await raiseAlert(tx, businessId, {
    kind: "uncertain_send",
    subject: conversationId,
    message: "It is not known whether a message reached the customer. Open the conversation and decide.",
  });
  await publish(tx, businessId, "conversation.changed", { conversationId });
}

function perConversation({
  businessId,
  conversationId,
}: {
  businessId: string;
  conversationId: string;
}): NewJob<"turn" | "deliver"> {
  return { data: { businessId, conversationId }, singletonKey: conversationId };
}
