import { raiseAlert } from "@/lib/alerts/queries";
import type { Ctx } from "@/lib/context";
import type { Db, Tx } from "@/lib/db";
import { isDatabaseAway } from "@/lib/error-handler";
import { publish } from "@/lib/events/publish";
import { log } from "@/lib/observability/log";
import { expireLease } from "@/lib/outbound/claim";
import { sendJobs, type NewJob } from "@/lib/queue/queue";
import {
  escalate,
  expiredSends,
  forgetEvents,
  forgetIdempotencyKeys,
  forgetRawEvents,
  forgottenDeliveries,
  forgottenRawEvents,
  forgottenTurns,
  silentUnknowns,
} from "./queries";

/** How long the provider may be silent on an uncertain send before a person is asked. */
const SILENCE_MS = 30_000;
/** What one sweep deletes of what is old; the next goes on. */
const MOST_BATCHES = 20;

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
  await system.$transaction(async (tx) => {
    await sendJobs(
      tx,
      "ingest",
      found.raw.map(({ id }) => ({ data: { rawEventId: id }, singletonKey: id })),
    );
    await sendJobs(tx, "turn", found.turns.map(perConversation));
    await sendJobs(tx, "deliver", found.deliveries.map(perConversation));
  });
  const freed = await each(found.expired, async ({ id, businessId, conversationId }) => {
    const ctx = contextFor(businessId);
    await ctx.db.$transaction((tx) => expireLease(tx, ctx, conversationId, id));
  });
  await each(found.silent, ({ id, businessId, conversationId }) =>
    contextFor(businessId).db.$transaction((tx) => tellPerson(tx, businessId, conversationId, id)),
  );
  await system.$transaction((tx) => sendJobs(tx, "deliver", freed.map(perConversation)));
  await forgetOld(system);
}

/** Does something to each row by itself; one that fails is told and left. Returns the others. */
async function each<T extends { id: string }>(rows: T[], work: (row: T) => Promise<void>): Promise<T[]> {
  const done: T[] = [];
  for (const row of rows) {
    try {
      await work(row);
      done.push(row);
    } catch (err) {
      if (isDatabaseAway(err)) throw err;
      log().error({ err, outboundId: row.id }, "the sweep left a row as it was");
    }
  }
  return done;
}

async function forgetOld(system: Db): Promise<void> {
  for (const forget of [forgetRawEvents, forgetEvents, forgetIdempotencyKeys])
    for (let batch = 0; batch < MOST_BATCHES; batch++) if (!(await system.$transaction(forget))) break;
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
