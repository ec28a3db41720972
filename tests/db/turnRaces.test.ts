import pg from "pg";
import { afterAll, beforeAll, beforeEach, describe, expect, test } from "vitest";
import { jobContext } from "@/jobs/registry";
import type { Ctx } from "@/lib/context";
import { takeOver } from "@/lib/conversation/takeOver";
import { closeDb, tenantDb } from "@/lib/db";
import { EVENTS_CHANNEL, publish } from "@/lib/events/publish";
import { stopSender } from "@/lib/queue/queue";
import { runTurn } from "@/lib/turn/runTurn";
import { simulateRetry } from "@/lib/turn/simulateRetry";
import { createTalk, receive, type Talk } from "../fixtures/conversation";
import { createScene, envelope, setTestEnvironment, textMessage, type Scene } from "../fixtures/scene";
import { createTestDatabase, runOn } from "./testDatabase";

let database: Awaited<ReturnType<typeof createTestDatabase>>;
let scene: Scene;
let admin: pg.Client;

beforeAll(async () => {
  database = await createTestDatabase();
  setTestEnvironment(database.url);
  admin = new pg.Client({ connectionString: database.adminUrl });
  await admin.connect();
});
beforeEach(async () => {
  scene = await createScene();
});
afterAll(async () => {
  await admin.end();
  await stopSender();
  await closeDb();
  await database.drop();
});

const turn = (talk: Talk) => runTurn(jobContext(talk.businessId), talk.conversationId);
const sql = (statement: string) => runOn(database.adminUrl, statement);
const say = (talk: Talk, text: string, at?: Date) =>
  receive(envelope(talk.phoneNumberId, { messages: [textMessage(talk.customer, text, at && { at })] }));
const replies = (talk: Talk) =>
  tenantDb(talk.businessId).$transaction((tx) =>
    tx.outboundMessageLog.findMany({ where: { conversationId: talk.conversationId }, orderBy: { seq: "asc" } }),
  );
const jobs = async (name: string, key: string) =>
  (
    await admin.query(`SELECT 1 FROM pgboss.job WHERE name = $1 AND singleton_key = $2 AND state = 'created'`, [
      name,
      key,
    ])
  ).rowCount;

/** A context whose third transaction, the turn's commit, is preceded by something else. */
function beforeCommit(talk: Talk, meanwhile: (time: number) => Promise<unknown>): Ctx {
  const ctx = jobContext(talk.businessId);
  let transactions = 0;
  return {
    ...ctx,
    db: {
      $transaction: async (work) => {
        transactions += 1;
        // 1: the lease; then loading and committing in turn.
        if (transactions > 1 && transactions % 2 === 1) await meanwhile((transactions - 1) / 2);
        return ctx.db.$transaction(work);
      },
    },
  };
}

describe("no wake-up is lost", () => {
  test("a message that commits while the turn waits for the conversation is taken by that turn", async () => {
    const talk = await createTalk(scene, "hello");
    await turn(talk);
    await sql(`UPDATE "Conversation" SET "lastReplyAt" = NULL`);
    await admin.query("BEGIN");
    await admin.query(`SELECT 1 FROM "Conversation" WHERE id = '${talk.conversationId}' FOR UPDATE`);
    await admin.query(
      `INSERT INTO "Message" (id, "businessId", "conversationId", "channelId", wamid, type, text, "sentAt")
       VALUES (gen_random_uuid(), $1, $2, $3, 'wamid.late', 'text', 'my tap is leaking', now())`,
      [talk.businessId, talk.conversationId, talk.channelId],
    );
    const running = turn(talk);
    const waits = `SELECT 1 FROM pg_stat_activity WHERE wait_event_type = 'Lock' AND datname = current_database()`;
    while ((await admin.query(waits)).rowCount === 0);
    await admin.query("COMMIT");
    expect(await running).toBeNull();
    expect(await replies(talk)).toHaveLength(2);
  });

  test("one that arrives while the engine thinks gets a turn of its own", async () => {
    const talk = await createTalk(scene, "hello");
    await sql(`DELETE FROM pgboss.job`);
    await runTurn(
      beforeCommit(talk, async () => {
        await say(talk, "my tap is leaking");
        await sql(`DELETE FROM pgboss.job`);
      }),
      talk.conversationId,
    );
    expect(await jobs("turn", talk.conversationId)).toBe(1);
  });

  test("routing leaves a job for the turn, and the turn one for the delivery", async () => {
    const talk = await createTalk(scene, "hello");
    expect(await jobs("turn", talk.conversationId)).toBe(1);
    await turn(talk);
    expect(await jobs("deliver", talk.conversationId)).toBe(1);
  });

  test("a published event notifies at commit", async () => {
    await admin.query(`LISTEN ${EVENTS_CHANNEL}`);
    const told = new Promise<string | undefined>((resolve) =>
      admin.once("notification", ({ payload }) => resolve(payload)),
    );
    await tenantDb(scene.businessId).$transaction((tx) =>
      publish(tx, scene.businessId, "lead.changed", { leadId: "x" }),
    );
    expect(await told).toBe(scene.businessId);
    await admin.query(`UNLISTEN ${EVENTS_CHANNEL}`);
  });
});

describe("the fence", () => {
  test("alone stops a commit: another process holds the conversation", async () => {
    const talk = await createTalk(scene, "hello");
    const ctx = beforeCommit(talk, () =>
      sql(`UPDATE "Conversation" SET fence = fence + 1 WHERE id = '${talk.conversationId}'`),
    );
    await runTurn(ctx, talk.conversationId);
    expect(await replies(talk)).toHaveLength(0);
  });

  test("and a lease that lives make others wait", async () => {
    const talk = await createTalk(scene, "hello");
    const waited: (Date | null)[] = [];
    await runTurn(
      beforeCommit(talk, async () => waited.push(await turn(talk))),
      talk.conversationId,
    );
    expect(waited).toEqual([expect.any(Date)]);
    expect(await replies(talk)).toHaveLength(1);
  });

  test("is given back when the state changes every time", async () => {
    const talk = await createTalk(scene, "hello");
    const bump = () =>
      sql(`UPDATE "Conversation" SET "stateVersion" = "stateVersion" + 1 WHERE id = '${talk.conversationId}'`);
    expect(await runTurn(beforeCommit(talk, bump), talk.conversationId)).toBeInstanceOf(Date);
    expect(await replies(talk)).toHaveLength(0);
    expect(await turn(talk)).toBeNull();
    expect(await replies(talk)).toHaveLength(1);
  });
});

test("a late message takes its place by its own time: the reply is keyed by the newest", async () => {
  const talk = await createTalk(scene, "newest");
  await say(talk, "older", new Date(Date.now() - 3_600_000));
  await turn(talk);
  const newest = await tenantDb(talk.businessId).$transaction((tx) =>
    tx.message.findFirstOrThrow({ where: { text: "newest" } }),
  );
  expect(await replies(talk)).toMatchObject([{ inboundMessageId: newest.id }]);
});

test("an engine that fails hands the conversation to a person; the messages stay, and nothing loops", async () => {
  const talk = await createTalk(scene, "can you come tomorrow at 3");
  const broken = JSON.stringify(
    Object.fromEntries(["mon", "tue", "wed", "thu", "fri", "sat", "sun"].map((day) => [day, [null]])),
  );
  await sql(`UPDATE "Business" SET hours = '${broken}' WHERE id = '${talk.businessId}'`);
  expect(await turn(talk)).toBeNull();
  const conversation = await tenantDb(talk.businessId).$transaction((tx) =>
    tx.conversation.findFirstOrThrow({ include: { messages: true } }),
  );
  expect(conversation).toMatchObject({ handler: "PERSON", messages: [{ processedAt: expect.any(Date) }] });
  const alerts = () => tenantDb(talk.businessId).$transaction((tx) => tx.alert.findMany());
  expect(await alerts()).toMatchObject([{ kind: "person_needed", subject: talk.conversationId, resolvedAt: null }]);
  const ctx: Ctx = { ...jobContext(talk.businessId), actor: { kind: "user", userId: talk.channelId, isAdmin: false } };
  await takeOver(ctx, talk.conversationId);
  expect(await alerts()).toMatchObject([{ resolvedAt: expect.any(Date) }]);
  expect(await replies(talk)).toHaveLength(0);
});

test("a reaction long after begins no new enquiry", async () => {
  const talk = await createTalk(scene, "my tap is leaking");
  await turn(talk);
  await sql(
    `UPDATE "Message" SET "sentAt" = now() - interval '9 days'; UPDATE "Conversation" SET "lastReplyAt" = NULL`,
  );
  const reaction = { message_id: "wamid.x", emoji: "👍" };
  const message = { ...textMessage(talk.customer, ""), type: "reaction", text: undefined, reaction };
  await receive(envelope(talk.phoneNumberId, { messages: [message] }));
  await turn(talk);
  const leads = await tenantDb(talk.businessId).$transaction((tx) => tx.lead.findMany());
  expect(leads).toMatchObject([{ closedAt: null, serviceTypeEnum: "PLUMBING" }]);
});

test("a guard that does not hold is reported as such by a simulated retry, and nothing is sent", async () => {
  const talk = await createTalk(scene, "my tap is leaking");
  await turn(talk);
  await sql(
    `UPDATE "OutboundMessageLog" SET "outboundDedupeKey" = 'another key' WHERE "conversationId" = '${talk.conversationId}'`,
  );
  const ctx: Ctx = { ...jobContext(talk.businessId), actor: { kind: "user", userId: talk.channelId, isAdmin: true } };
  expect(await simulateRetry(ctx, talk.conversationId)).toMatchObject({ blocked: false, blockedAt: "notBlocked" });
  expect(await replies(talk)).toHaveLength(1);
});
