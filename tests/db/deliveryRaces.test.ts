import { afterAll, beforeAll, beforeEach, describe, expect, test } from "vitest";
import pg from "pg";
import { jobContext } from "@/jobs/registry";
import type { Ctx } from "@/lib/context";
import { takeOver } from "@/lib/conversation/takeOver";
import { closeDb, systemDb, tenantDb } from "@/lib/db";
import { deliver } from "@/lib/outbound/deliver";
import { sendAgain } from "@/lib/outbound/resolveUnknown";
import { sendPersonMessage } from "@/lib/outbound/sendPersonMessage";
import { sendJobs, stopSender } from "@/lib/queue/queue";
import { sweep } from "@/lib/sweeper/sweep";
import { createTalk, enqueue, outboundRow, receive, statusOf, type Talk } from "../fixtures/conversation";
import { graphError, startGraphServer, type Behaviour, type GraphServer } from "../fixtures/graphServer";
import { createScene, setTestEnvironment, type Scene } from "../fixtures/scene";
import { createTestDatabase, runOn } from "./testDatabase";

let database: Awaited<ReturnType<typeof createTestDatabase>>;
let graph: GraphServer;
let scene: Scene;

beforeAll(async () => {
  database = await createTestDatabase();
  graph = await startGraphServer();
  setTestEnvironment(database.url, { WHATSAPP_GRAPH_URL: graph.url });
});
beforeEach(async () => {
  scene = await createScene();
  graph.accepted.length = 0;
  graph.requests = 0;
  graph.behave(() => ({ take: true, answer: "normal" }));
});
afterAll(async () => {
  await stopSender();
  await closeDb();
  await graph.close();
  await database.drop();
});

const person = (): Ctx => ({
  ...jobContext(scene.businessId),
  actor: { kind: "user", userId: scene.channelId, isAdmin: false },
});
const send = (talk: Talk) => deliver(jobContext(talk.businessId), talk.conversationId);
const sql = (statement: string) => runOn(database.adminUrl, statement);

async function rows<T extends pg.QueryResultRow>(statement: string): Promise<T[]> {
  const client = new pg.Client({ connectionString: database.adminUrl });
  await client.connect();
  try {
    return (await client.query<T>(statement)).rows;
  } finally {
    await client.end();
  }
}

/** Holds the conversation's row while `meanwhile` starts, changes something, and lets go. */
async function changeUnderTheLock<T>(talk: Talk, meanwhile: () => Promise<T>, change: string): Promise<T> {
  const client = new pg.Client({ connectionString: database.adminUrl });
  await client.connect();
  try {
    await client.query("BEGIN");
    await client.query(`SELECT 1 FROM "Conversation" WHERE id = '${talk.conversationId}' FOR UPDATE`);
    const running = meanwhile();
    const waits = `SELECT 1 FROM pg_stat_activity WHERE wait_event_type = 'Lock' AND datname = current_database()`;
    while ((await client.query(waits)).rowCount === 0);
    await client.query(change);
    await client.query("COMMIT");
    return await running;
  } finally {
    await client.end();
  }
}

describe("what changes while delivery waits for the conversation", () => {
  test("an opt-out that commits meanwhile is seen: nothing is sent", async () => {
    const talk = await createTalk(scene);
    const id = await enqueue(talk, "one");
    await changeUnderTheLock(talk, () => send(talk), `UPDATE "Contact" SET "optedOutAt" = now()`);
    expect(await outboundRow(talk, id)).toMatchObject({ status: "CANCELLED" });
    expect(graph.accepted).toHaveLength(0);
  });
});

describe("who may still be sent to", () => {
  test.each(["HANDOVER", "OPT_OUT"] as const)("a %s goes out although it silences what follows", async (replyType) => {
    const talk = await createTalk(scene);
    const id = await enqueue(talk, "as you wish", replyType);
    await sql(`UPDATE "Conversation" SET handler = 'PERSON' WHERE id = '${talk.conversationId}'`);
    if (replyType === "OPT_OUT") await sql(`UPDATE "Contact" SET "optedOutAt" = now()`);
    await send(talk);
    expect(await outboundRow(talk, id)).toMatchObject({ status: "SENT" });
  });

  test("what waits on a number that was given away is cancelled", async () => {
    const talk = await createTalk(scene);
    const id = await enqueue(talk, "one");
    await sql(
      `UPDATE "ChannelHolding" SET "heldUntil" = now() - interval '1 s' WHERE "channelId" = '${talk.channelId}'`,
    );
    await send(talk);
    expect(await outboundRow(talk, id)).toMatchObject({
      status: "CANCELLED",
      cancelReason: expect.stringContaining("another business"),
    });
  });

  test("a token that cannot be read pauses the channel and cancels what waits, instead of failing for ever", async () => {
    const talk = await createTalk(scene);
    const id = await enqueue(talk, "one");
    await sql(`UPDATE "Channel" SET "accessTokenEnc" = 'v1.none.of.our.keys' WHERE id = '${talk.channelId}'`);
    expect(await send(talk)).toBeNull();
    expect(await outboundRow(talk, id)).toMatchObject({
      status: "CANCELLED",
      cancelReason: expect.stringContaining("token"),
    });
    const alerts = await tenantDb(talk.businessId).$transaction((tx) => tx.alert.findMany());
    expect(alerts).toMatchObject([{ kind: "channel_paused" }]);
  });
});

describe("a row in back-off", () => {
  test("does not hold up a person: taken over, it is cancelled at once and the person's message goes", async () => {
    const talk = await createTalk(scene);
    const reply = await enqueue(talk, "one");
    graph.behave(() => graphError(429, 131056));
    await send(talk);
    await takeOver(person(), talk.conversationId);
    graph.behave(() => ({ take: true, answer: "normal" }));
    await sendPersonMessage(person(), talk.conversationId, "I am here", "key");
    await send(talk);
    expect(await outboundRow(talk, reply)).toMatchObject({ status: "CANCELLED" });
    expect(graph.accepted.map(({ text }) => text)).toEqual(["I am here"]);
  });

  test("whose job is set for later does not swallow a job for now", async () => {
    const talk = await createTalk(scene);
    const { businessId, conversationId } = talk;
    const data = { businessId, conversationId };
    const startAfter = new Date(Date.now() + 3_600_000);
    await sql(`DELETE FROM pgboss.job`);
    await tenantDb(businessId).$transaction(async (tx) => {
      await sendJobs(tx, "deliver", [{ data, singletonKey: `${conversationId}@1`, startAfter }]);
      await sendJobs(tx, "deliver", [{ data, singletonKey: conversationId }]);
      await sendJobs(tx, "deliver", [{ data, singletonKey: conversationId }]);
    });
    expect(await rows(`SELECT 1 FROM pgboss.job WHERE name = 'deliver'`)).toHaveLength(2);
  });
});

describe("one request at a time", () => {
  test("while a send is under way nobody else sends in that conversation", async () => {
    const talk = await createTalk(scene);
    for (const text of ["one", "two"]) await enqueue(talk, text);
    const arrived = Promise.withResolvers<void>();
    const release = Promise.withResolvers<void>();
    graph.behave(async ({ text }): Promise<Behaviour> => {
      if (text === "one") {
        arrived.resolve();
        await release.promise;
      }
      return { take: true, answer: "normal" };
    });
    const first = send(talk);
    await arrived.promise;
    expect(await send(talk)).toBeInstanceOf(Date);
    expect(graph.requests).toBe(1);
    release.resolve();
    await first;
    expect(graph.accepted.map(({ text }) => text)).toEqual(["one", "two"]);
  });
});

describe("an answer that comes late", () => {
  async function withLeaseExpiredBeforeTheAnswer(answer: Behaviour): Promise<{ talk: Talk; id: string }> {
    const talk = await createTalk(scene);
    const id = await enqueue(talk, "one");
    graph.behave(async () => {
      await sql(`UPDATE "OutboundMessageLog" SET "leaseUntil" = now() - interval '1 s' WHERE id = '${id}'`);
      await sweep(systemDb(), jobContext);
      expect(await outboundRow(talk, id)).toMatchObject({ status: "UNKNOWN" });
      return answer;
    });
    await send(talk);
    return { talk, id };
  }

  test("with an id settles the uncertain row as sent", async () => {
    const { talk, id } = await withLeaseExpiredBeforeTheAnswer({ take: true, answer: "normal" });
    expect(await outboundRow(talk, id)).toMatchObject({ status: "SENT", providerMessageId: expect.any(String) });
  });

  test("with a certain refusal settles it as failed, never as waiting", async () => {
    const { talk, id } = await withLeaseExpiredBeforeTheAnswer(graphError(429, 130429));
    expect(await outboundRow(talk, id)).toMatchObject({ status: "FAILED", errorCode: 130429 });
  });

  test("to an attempt that is not ours any more changes nothing", async () => {
    const talk = await createTalk(scene);
    const id = await enqueue(talk, "one");
    graph.behave(async () => {
      await sql(`UPDATE "OutboundMessageLog" SET attempt = 2, "leaseOwner" = 'another' WHERE id = '${id}'`);
      return graphError(400, 131026);
    });
    await send(talk);
    expect(await outboundRow(talk, id)).toMatchObject({ status: "SENDING", leaseOwner: "another", error: null });
  });

  test("to a database that blinks is written down all the same", async () => {
    const talk = await createTalk(scene);
    const id = await enqueue(talk, "one");
    const ctx = jobContext(talk.businessId);
    let transactions = 0;
    const db: Ctx["db"] = {
      $transaction: (work) => {
        // The claim, then the outcome: that one fails once.
        if (++transactions === 2) return Promise.reject(Object.assign(new Error("gone"), { code: "ECONNRESET" }));
        return ctx.db.$transaction(work);
      },
    };
    await deliver({ ...ctx, db }, talk.conversationId);
    expect(await outboundRow(talk, id)).toMatchObject({ status: "SENT" });
    expect(graph.accepted).toHaveLength(1);
  });
});

describe("sending again", () => {
  test("is called off when the first sending proves to have arrived", async () => {
    const talk = await createTalk(scene);
    const id = await enqueue(talk, "one");
    graph.behave(() => ({ take: true, answer: "reset" }));
    await send(talk);
    graph.behave(() => ({ take: true, answer: "normal" }));
    await sql(`UPDATE "OutboundMessageLog" SET "unknownAt" = now() - interval '1 hour' WHERE id = '${id}'`);
    await sweep(systemDb(), jobContext);
    const again = await sendAgain(person(), id);
    await receive(statusOf(talk, "wamid.first", "delivered", { biz_opaque_callback_data: id }));
    await send(talk);
    expect(await outboundRow(talk, again)).toMatchObject({ status: "CANCELLED" });
    expect(graph.accepted).toHaveLength(1);
  });

  test("an uncertain send raises an alert for the owner, which ends when its fate is known", async () => {
    const talk = await createTalk(scene);
    const id = await enqueue(talk, "one");
    graph.behave(() => ({ take: true, answer: "reset" }));
    await send(talk);
    await sql(`UPDATE "OutboundMessageLog" SET "unknownAt" = now() - interval '1 hour' WHERE id = '${id}'`);
    await sweep(systemDb(), jobContext);
    const alerts = await tenantDb(talk.businessId).$transaction((tx) => tx.alert.findMany());
    expect(alerts).toMatchObject([{ kind: "uncertain_send", subject: talk.conversationId, resolvedAt: null }]);
    await receive(statusOf(talk, "wamid.first", "delivered", { biz_opaque_callback_data: id }));
    const after = await tenantDb(talk.businessId).$transaction((tx) => tx.alert.findMany());
    expect(after).toMatchObject([{ kind: "uncertain_send", resolvedAt: expect.any(Date) }]);
  });
});

test("a failure that stops the whole channel does so when a status tells it, too", async () => {
  const talk = await createTalk(scene);
  const id = await enqueue(talk, "one");
  await send(talk);
  const wamid = (await outboundRow(talk, id)).providerMessageId ?? "";
  await receive(statusOf(talk, wamid, "failed", { errors: [{ code: 131042, title: "Payment issue" }] }));
  const channel = await tenantDb(talk.businessId).$transaction((tx) => tx.channel.findFirstOrThrow());
  expect(channel).toMatchObject({ status: "PAUSED", pausedReason: "Payment issue" });
});

test("an idempotency key used with another text is refused, and with the same text answered the same whatever has changed", async () => {
  const talk = await createTalk(scene);
  const first = await sendPersonMessage(person(), talk.conversationId, "On my way", "key");
  await expect(sendPersonMessage(person(), talk.conversationId, "Not coming", "key")).rejects.toMatchObject({
    code: "IDEMPOTENCY_KEY_REUSED",
  });
  await sql(`UPDATE "Contact" SET "optedOutAt" = now()`);
  expect(await sendPersonMessage(person(), talk.conversationId, "On my way", "key")).toBe(first);
});
