import { afterAll, beforeAll, beforeEach, describe, expect, test } from "vitest";
import { jobContext } from "@/jobs/registry";
import { closeDb, tenantDb } from "@/lib/db";
import type { Ctx } from "@/lib/context";
import { takeOver } from "@/lib/conversation/takeOver";
import { sendPersonMessage } from "@/lib/outbound/sendPersonMessage";
import { stopSender } from "@/lib/queue/queue";
import { runTurn } from "@/lib/turn/runTurn";
import { simulateRetry } from "@/lib/turn/simulateRetry";
import { createTalk, receive, type Talk } from "../fixtures/conversation";
import { createScene, envelope, newInboundWamid, setTestEnvironment, textMessage, type Scene } from "../fixtures/scene";
import { createTestDatabase, runOn } from "./testDatabase";

let database: Awaited<ReturnType<typeof createTestDatabase>>;
let scene: Scene;

beforeAll(async () => {
  database = await createTestDatabase();
  setTestEnvironment(database.url);
});
beforeEach(async () => {
  scene = await createScene();
});
afterAll(async () => {
  await stopSender();
  await closeDb();
  await database.drop();
});

const person = (): Ctx => ({
  ...jobContext(scene.businessId),
  actor: { kind: "user", userId: scene.channelId, isAdmin: true },
});
const turn = (talk: Talk) => runTurn(jobContext(talk.businessId), talk.conversationId);
const say = (talk: Talk, text: string, at?: Date) =>
  receive(envelope(talk.phoneNumberId, { messages: [textMessage(talk.customer, text, at && { at })] }));
const later = (talk: Talk) =>
  runOn(
    database.adminUrl,
    `UPDATE "Conversation" SET "lastReplyAt" = "lastReplyAt" - interval '1 minute' WHERE id = '${talk.conversationId}';
     UPDATE "OutboundMessageLog" SET "createdAt" = "createdAt" - interval '2 minutes' WHERE "conversationId" = '${talk.conversationId}'`,
  );

async function state(talk: Talk) {
  return tenantDb(talk.businessId).$transaction(async (tx) => {
    const where = { conversationId: talk.conversationId };
    return {
      conversation: await tx.conversation.findUniqueOrThrow({
        where: { id: talk.conversationId },
        include: { contact: true },
      }),
      replies: await tx.outboundMessageLog.findMany({ where, orderBy: { seq: "asc" } }),
      leads: await tx.lead.findMany({
        where,
        orderBy: { createdAt: "asc" },
        include: { facts: { orderBy: { createdAt: "asc" } } },
      }),
      waiting: await tx.message.count({ where: { ...where, processedAt: null } }),
    };
  });
}

describe("one turn at a time", () => {
  test("eight workers at once give one reply", async () => {
    const talk = await createTalk(scene, "my tap is leaking");
    await Promise.all(Array.from({ length: 8 }, () => turn(talk)));
    expect(await state(talk)).toMatchObject({ replies: [{ status: "PENDING", replyType: "GREETING" }], waiting: 0 });
  });

  test("messages that arrive together share one reply, keyed by the last of them", async () => {
    const talk = await createTalk(scene, "hello");
    await say(talk, "my tap is leaking");
    await turn(talk);
    const { replies, waiting } = await state(talk);
    expect([replies.length, waiting]).toEqual([1, 0]);
    const last = await tenantDb(talk.businessId).$transaction((tx) =>
      tx.message.findFirstOrThrow({ where: { text: "my tap is leaking" } }),
    );
    expect(replies[0]?.inboundMessageId).toBe(last.id);
  });

  test("within 3 s of a reply a message waits, and is answered after that", async () => {
    const talk = await createTalk(scene, "hello");
    await turn(talk);
    await say(talk, "my tap is leaking");
    expect(await turn(talk)).toBeInstanceOf(Date);
    expect((await state(talk)).waiting).toBe(1);
    await later(talk);
    expect(await turn(talk)).toBeNull();
    expect(await state(talk)).toMatchObject({ waiting: 0, replies: [{}, {}] });
  });

  test("ten automatic replies in a minute are the most", async () => {
    const talk = await createTalk(scene, "hello");
    await turn(talk);
    await runOn(
      database.adminUrl,
      `INSERT INTO "OutboundMessageLog" (id, "businessId", "conversationId", "channelId", "outboundDedupeKey", "replyType", text)
       SELECT gen_random_uuid(), "businessId", "conversationId", "channelId", 'key' || i || id, 'ANSWER', 'x'
       FROM "OutboundMessageLog", generate_series(1, 9) i WHERE "conversationId" = '${talk.conversationId}';
       UPDATE "Conversation" SET "lastReplyAt" = now() - interval '10 s' WHERE id = '${talk.conversationId}'`,
    );
    await say(talk, "my tap is leaking");
    expect(await turn(talk)).toBeInstanceOf(Date);
    expect((await state(talk)).replies).toHaveLength(10);
  });

  test("a person who takes over while the engine thinks silences that very turn", async () => {
    const talk = await createTalk(scene, "my tap is leaking");
    const ctx = jobContext(talk.businessId);
    let transactions = 0;
    const db: Ctx["db"] = {
      $transaction: async (work) => {
        // lease, load, then the commit: the person is faster.
        if (++transactions === 3) await takeOver(person(), talk.conversationId);
        return ctx.db.$transaction(work);
      },
    };
    await runTurn({ ...ctx, db }, talk.conversationId);
    const { conversation, replies, waiting, leads } = await state(talk);
    expect([replies.length, waiting, conversation.handler]).toEqual([0, 0, "PERSON"]);
    expect(leads[0]).toMatchObject({ serviceTypeEnum: "PLUMBING" });
  });

  test("a turn whose lease another took over writes nothing", async () => {
    const talk = await createTalk(scene, "my tap is leaking");
    const ctx = jobContext(talk.businessId);
    let transactions = 0;
    const db: Ctx["db"] = {
      $transaction: async (work) => {
        if (++transactions === 3) {
          await runOn(
            database.adminUrl,
            `UPDATE "Conversation" SET "leaseUntil" = now() - interval '1 s' WHERE id = '${talk.conversationId}'`,
          );
          await turn(talk);
        }
        return ctx.db.$transaction(work);
      },
    };
    await runTurn({ ...ctx, db }, talk.conversationId);
    expect((await state(talk)).replies).toHaveLength(1);
  });
});

describe("the flow in the database", () => {
  test("asks for what is missing, at most five times, and ends qualified with the lead filled", async () => {
    const talk = await createTalk(scene, "Hi there");
    await turn(talk);
    for (const text of [
      "my kitchen tap is leaking",
      "tomorrow at 3pm",
      "12 Mill Lane, Bristol BS1 4DJ",
      "My name is Jo Harper",
    ]) {
      await later(talk);
      await say(talk, text);
      await turn(talk);
    }
    const { conversation, leads, replies } = await state(talk);
    expect(leads).toMatchObject([
      {
        stage: "QUALIFIED",
        serviceTypeEnum: "PLUMBING",
        name: "Jo Harper",
        preferredText: expect.stringContaining("tomorrow"),
      },
    ]);
    expect(leads[0]?.location).toContain("BS1 4DJ");
    expect(leads[0]?.preferredAt).toBeInstanceOf(Date);
    expect(leads[0]?.serviceTypeId).not.toBeNull();
    expect(conversation.questionsAskedCount).toBe(4);
    expect(replies).toHaveLength(5);
    for (const fact of leads[0]?.facts ?? []) {
      const message = await tenantDb(talk.businessId).$transaction((tx) =>
        tx.message.findUniqueOrThrow({ where: { id: fact.messageId ?? "" } }),
      );
      expect(message.text?.slice(fact.spanStart ?? 0, fact.spanEnd ?? 0)).toBe(fact.value);
    }
    expect(Object.keys(conversation.knownFields as object).sort()).toEqual(["name", "service", "when", "where"]);
  });

  test("a question that is not understood is asked twice, then the next one", async () => {
    const talk = await createTalk(scene, "hmm");
    await turn(talk);
    for (const text of ["hmm", "hmm", "hmm"]) {
      await later(talk);
      await say(talk, text);
      await turn(talk);
    }
    const { replies, conversation } = await state(talk);
    expect(replies.map(({ normalizedQuestionKey }) => normalizedQuestionKey)).toEqual([
      "service",
      "service",
      "when",
      "when",
    ]);
    expect(conversation.questionsAskedCount).toBe(2);
  });

  test("the service's enum is set where the business has no such service", async () => {
    const talk = await createTalk(scene, "can you do a haircut");
    await turn(talk);
    expect((await state(talk)).leads).toMatchObject([{ serviceTypeEnum: "SALON", serviceTypeId: null }]);
  });

  test("a reaction is taken in silence", async () => {
    const talk = await createTalk(scene, "my tap is leaking");
    await turn(talk);
    await later(talk);
    const reaction = {
      from: talk.customer,
      id: newInboundWamid(),
      timestamp: "1760000000",
      type: "reaction",
      reaction: { message_id: "wamid.x", emoji: "👍" },
    };
    await receive(envelope(talk.phoneNumberId, { messages: [reaction] }));
    await turn(talk);
    expect(await state(talk)).toMatchObject({ waiting: 0, replies: [{}] });
  });

  test("a message that was taken back before its turn is not answered", async () => {
    const talk = await createTalk(scene, "my tap is leaking");
    await runOn(
      database.adminUrl,
      `UPDATE "Message" SET "revokedAt" = now() WHERE "conversationId" = '${talk.conversationId}'`,
    );
    await turn(talk);
    expect(await state(talk)).toMatchObject({ waiting: 0, replies: [], leads: [] });
  });

  test("STOP is confirmed once, then silence until START", async () => {
    const talk = await createTalk(scene, "STOP");
    await turn(talk);
    const stopped = await state(talk);
    expect(stopped.replies).toMatchObject([{ replyType: "OPT_OUT" }]);
    expect(stopped.conversation.contact.optedOutAt).not.toBeNull();
    await later(talk);
    await say(talk, "are you there");
    await turn(talk);
    expect((await state(talk)).replies).toHaveLength(1);
    await later(talk);
    await say(talk, "START");
    await turn(talk);
    const started = await state(talk);
    expect(started.conversation.contact.optedOutAt).toBeNull();
    expect(started.replies).toHaveLength(2);
  });

  test("a customer who asks for a person is told so once, and the receptionist is silent", async () => {
    const talk = await createTalk(scene, "can I speak to a real person please");
    await turn(talk);
    await later(talk);
    await say(talk, "hello?");
    await turn(talk);
    expect(await state(talk)).toMatchObject({
      conversation: { handler: "PERSON" },
      replies: [{ replyType: "HANDOVER" }],
      waiting: 0,
    });
  });

  test("after seven days of silence a new enquiry begins, with its own count", async () => {
    const longAgo = new Date(Date.now() - 8 * 24 * 3600_000);
    const talk = await createTalk(scene, "seed");
    await runOn(
      database.adminUrl,
      `UPDATE "Message" SET "sentAt" = '${longAgo.toISOString()}', text = 'my tap is leaking' WHERE "conversationId" = '${talk.conversationId}'`,
    );
    await turn(talk);
    await later(talk);
    await say(talk, "I need an electrician");
    await turn(talk);
    const { leads, conversation } = await state(talk);
    expect(leads).toMatchObject([
      { stage: "CLOSED", serviceTypeEnum: "PLUMBING" },
      { closedAt: null, serviceTypeEnum: "ELECTRICAL" },
    ]);
    expect(conversation.questionsAskedCount).toBe(1);
  });
});

describe("a delivery past the inbound guard", () => {
  test("is stopped by the outbound key and counted there, each time", async () => {
    const talk = await createTalk(scene, "my tap is leaking");
    await turn(talk);
    const before = (await state(talk)).conversation.stateVersion;
    for (const collisions of [1, 2]) {
      const result = await simulateRetry(person(), talk.conversationId);
      const { replies } = await state(talk);
      expect(result).toMatchObject({
        blocked: true,
        blockedAt: "outboundDedupeKey",
        outboundDedupeKey: replies[0]?.outboundDedupeKey,
      });
      expect(replies).toMatchObject([{ collisionCount: collisions }]);
    }
    expect((await state(talk)).conversation.stateVersion).toBe(before);
  });

  test("of a message that had no reply sends nothing", async () => {
    const talk = await createTalk(scene, "hello");
    await takeOver(person(), talk.conversationId);
    await turn(talk);
    expect(await simulateRetry(person(), talk.conversationId)).toMatchObject({
      blocked: false,
      blockedAt: "noReplyDue",
    });
    expect((await state(talk)).replies).toHaveLength(0);
  });

  test("has nothing to retry before the first turn", async () => {
    const talk = await createTalk(scene, "hello");
    await expect(simulateRetry(person(), talk.conversationId)).rejects.toMatchObject({ code: "NOTHING_TO_RETRY" });
  });
});

describe("a person's message", () => {
  test("takes over, and the same idempotency key is one message; equal texts on purpose both go", async () => {
    const talk = await createTalk(scene, "hello");
    const ids = await Promise.all(
      ["a", "a", "b"].map((key) => sendPersonMessage(person(), talk.conversationId, "On my way", key)),
    );
    expect(new Set(ids).size).toBe(2);
    expect(await state(talk)).toMatchObject({
      conversation: { handler: "PERSON" },
      replies: [{ text: "On my way" }, { text: "On my way" }],
    });
  });

  test.each([
    [
      "the window is closed",
      `UPDATE "Conversation" SET "lastInboundAt" = now() - interval '25 hours'`,
      "WINDOW_CLOSED",
    ],
    ["the customer opted out", `UPDATE "Contact" SET "optedOutAt" = now()`, "OPTED_OUT"],
    ["the channel is paused", `UPDATE "Channel" SET status = 'PAUSED'`, "CHANNEL_PAUSED"],
    ["the business is suspended", `UPDATE "Business" SET status = 'SUSPENDED'`, "BUSINESS_SUSPENDED"],
  ])("is refused when %s", async (_, change, code) => {
    const talk = await createTalk(scene, "hello");
    await runOn(database.adminUrl, change);
    await expect(sendPersonMessage(person(), talk.conversationId, "hi", "key")).rejects.toMatchObject({ code });
    expect((await state(talk)).replies).toHaveLength(0);
  });

  test("into another business's conversation is not found", async () => {
    const talk = await createTalk(await createScene("Other"), "hello");
    await expect(sendPersonMessage(person(), talk.conversationId, "hi", "key")).rejects.toMatchObject({
      code: "NOT_FOUND",
    });
  });
});
