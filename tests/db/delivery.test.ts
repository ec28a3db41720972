import { afterAll, beforeAll, beforeEach, describe, expect, test } from "vitest";
import { jobContext } from "@/jobs/registry";
import { closeDb, systemDb, tenantDb } from "@/lib/db";
import { deliver } from "@/lib/outbound/deliver";
import { leaveIt, sendAgain } from "@/lib/outbound/resolveUnknown";
import { stopSender } from "@/lib/queue/queue";
import { sweep } from "@/lib/sweeper/sweep";
import { createTalk, enqueue, outboundRow, receive, statusOf, type Talk } from "../fixtures/conversation";
import { graphError, startGraphServer, type Behaviour, type GraphServer } from "../fixtures/graphServer";
import { createScene, setTestEnvironment, textMessage, envelope, type Scene } from "../fixtures/scene";
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
  graph.behave(() => ({ take: true, answer: "normal" }));
});

afterAll(async () => {
  await stopSender();
  await closeDb();
  await graph.close();
  await database.drop();
});

const person = (talk: Talk) => ({
  ...jobContext(talk.businessId),
  actor: { kind: "user" as const, userId: talk.channelId, isAdmin: false },
});
const send = (talk: Talk) => deliver(jobContext(talk.businessId), talk.conversationId);
/** Lets time pass for a row, by the database's clock. */
const age = (id: string, column: string) =>
  runOn(
    database.adminUrl,
    `UPDATE "OutboundMessageLog" SET "${column}" = now() - interval '1 hour' WHERE id = '${id}'`,
  );

describe("what each answer of Graph makes of a send", () => {
  const cases: [string, Behaviour, { status: string; taken: number }][] = [
    ["accepted with an id", { take: true, answer: "normal" }, { status: "SENT", taken: 1 }],
    ["throttled", graphError(429, 130429), { status: "PENDING", taken: 0 }],
    ["429 without a code", { take: false, answer: { status: 429, body: {} } }, { status: "PENDING", taken: 0 }],
    ["recipient is not on WhatsApp", graphError(400, 131026), { status: "FAILED", taken: 0 }],
    ["a code nobody knows", graphError(400, 987654), { status: "FAILED", taken: 0 }],
    ["wait a day", graphError(400, 131049), { status: "FAILED", taken: 0 }],
    ["token expired", graphError(401, 190), { status: "FAILED", taken: 0 }],
    ["500 though it was taken", { take: true, answer: { status: 500, body: {} } }, { status: "UNKNOWN", taken: 1 }],
    ["try again, may have been accepted", graphError(400, 131000), { status: "UNKNOWN", taken: 0 }],
    ["200 without an id", { take: true, answer: { status: 200, body: {} } }, { status: "UNKNOWN", taken: 1 }],
    ["connection reset after the bytes", { take: true, answer: "reset" }, { status: "UNKNOWN", taken: 1 }],
  ];
  test.each(cases)("%s", async (_, behaviour, expected) => {
    const talk = await createTalk(scene);
    const id = await enqueue(talk, "one");
    graph.behave(() => behaviour);
    await send(talk);
    expect(await outboundRow(talk, id)).toMatchObject({ status: expected.status, attempt: 1 });
    expect(graph.accepted).toHaveLength(expected.taken);
    await send(talk);
    expect(graph.accepted).toHaveLength(expected.taken);
  });

  test("a refused connection leaves the row waiting, and it goes out once when Graph is back", async () => {
    const talk = await createTalk(scene);
    const port = Number(new URL(graph.url).port);
    await graph.close();
    const id = await enqueue(talk, "one");
    expect(await send(talk)).toBeInstanceOf(Date);
    expect(await outboundRow(talk, id)).toMatchObject({ status: "PENDING", attempt: 1 });
    graph = await startGraphServer(port);
    await age(id, "nextAttemptAt");
    await send(talk);
    expect(await outboundRow(talk, id)).toMatchObject({ status: "SENT", attempt: 2, error: null });
    expect(graph.accepted).toHaveLength(1);
  });

  test("a dead token pauses the channel, tells the owner, and cancels what waits with the reason", async () => {
    const talk = await createTalk(scene);
    graph.behave(() => graphError(401, 190));
    await enqueue(talk, "one");
    const second = await enqueue(talk, "two");
    await send(talk);
    expect(await outboundRow(talk, second)).toMatchObject({
      status: "CANCELLED",
      cancelReason: expect.stringContaining("paused"),
    });
    const { channel, alerts } = await tenantDb(talk.businessId).$transaction(async (tx) => ({
      channel: await tx.channel.findFirstOrThrow(),
      alerts: await tx.alert.findMany(),
    }));
    expect(channel.status).toBe("PAUSED");
    expect(alerts.map(({ kind }) => kind)).toContain("channel_paused");
  });
});

describe("order and concurrency in one conversation", () => {
  test("three waiting messages go out in order, one request each, whoever delivers", async () => {
    const talk = await createTalk(scene);
    for (const text of ["one", "two", "three"]) await enqueue(talk, text);
    const ended = await Promise.all(Array.from({ length: 6 }, () => send(talk)));
    if (ended.some((again) => again !== null)) await send(talk);
    expect(graph.accepted.map(({ text }) => text)).toEqual(["one", "two", "three"]);
  });

  test("a later message waits for one in back-off, but not for an uncertain one", async () => {
    const talk = await createTalk(scene);
    const first = await enqueue(talk, "one");
    const second = await enqueue(talk, "two");
    graph.behave(({ text }) => (text === "one" ? graphError(429, 130429) : { take: true, answer: "normal" }));
    expect(await send(talk)).toBeInstanceOf(Date);
    expect(await outboundRow(talk, second)).toMatchObject({ status: "PENDING", attempt: 0 });
    graph.behave(({ text }) => (text === "one" ? { take: false, answer: "reset" } : { take: true, answer: "normal" }));
    await age(first, "nextAttemptAt");
    await send(talk);
    expect(await outboundRow(talk, first)).toMatchObject({ status: "UNKNOWN" });
    expect(await outboundRow(talk, second)).toMatchObject({ status: "SENT" });
  });
});

describe("an uncertain send", () => {
  async function uncertain(): Promise<{ talk: Talk; id: string }> {
    const talk = await createTalk(scene);
    const id = await enqueue(talk, "one");
    graph.behave(() => ({ take: true, answer: "reset" }));
    await send(talk);
    graph.behave(() => ({ take: true, answer: "normal" }));
    return { talk, id };
  }

  test("becomes certain by a status that names our opaque id", async () => {
    const { talk, id } = await uncertain();
    await receive(statusOf(talk, "wamid.fromMeta", "delivered", { biz_opaque_callback_data: id }));
    expect(await outboundRow(talk, id)).toMatchObject({
      status: "SENT",
      deliveryStatus: "delivered",
      providerMessageId: "wamid.fromMeta",
    });
  });

  test("is put before a person only after the silence, and then either sent again once or left", async () => {
    const { talk, id } = await uncertain();
    await sweep(systemDb(), jobContext);
    expect((await outboundRow(talk, id)).escalatedAt).toBeNull();
    await expect(sendAgain(person(talk), id)).rejects.toMatchObject({ code: "OUTBOUND_NOT_UNCERTAIN" });
    await age(id, "unknownAt");
    await sweep(systemDb(), jobContext);
    expect((await outboundRow(talk, id)).escalatedAt).not.toBeNull();
    const again = await Promise.all(
      [sendAgain(person(talk), id), sendAgain(person(talk), id)].map((p) => p.catch(() => null)),
    );
    const rows = new Set(again.filter((row) => row !== null));
    expect(rows.size).toBe(1);
    await send(talk);
    await send(talk);
    expect(graph.accepted).toHaveLength(2);
    expect(await outboundRow(talk, id)).toMatchObject({ status: "UNKNOWN", resolution: "SENT_AGAIN" });
    await expect(leaveIt(person(talk), id)).rejects.toMatchObject({ code: "OUTBOUND_NOT_UNCERTAIN" });
  });

  test("left by a person is never sent", async () => {
    const { talk, id } = await uncertain();
    await age(id, "unknownAt");
    await sweep(systemDb(), jobContext);
    await leaveIt(person(talk), id);
    await send(talk);
    expect(graph.accepted).toHaveLength(1);
    expect(await outboundRow(talk, id)).toMatchObject({ status: "UNKNOWN", resolution: "LEFT" });
  });

  test("of another business cannot be resolved", async () => {
    const { id } = await uncertain();
    const other = await createScene("Other");
    await expect(
      sendAgain({ ...jobContext(other.businessId), actor: { kind: "user", userId: id, isAdmin: false } }, id),
    ).rejects.toMatchObject({
      code: "NOT_FOUND",
    });
  });

  test("an expired lease becomes UNKNOWN, never PENDING, and is not sent again", async () => {
    const talk = await createTalk(scene);
    const id = await enqueue(talk, "one");
    await runOn(
      database.adminUrl,
      `UPDATE "OutboundMessageLog" SET status = 'SENDING', attempt = 1, "leaseOwner" = 'dead', "leaseUntil" = now() - interval '1 s' WHERE id = '${id}'`,
    );
    await sweep(systemDb(), jobContext);
    await send(talk);
    expect(await outboundRow(talk, id)).toMatchObject({ status: "UNKNOWN", attempt: 1 });
    expect(graph.accepted).toHaveLength(0);
  });
});

describe("status webhooks", () => {
  test("a state only moves forward, whatever the order", async () => {
    const talk = await createTalk(scene);
    const id = await enqueue(talk, "one");
    await send(talk);
    const { providerMessageId } = await outboundRow(talk, id);
    const wamid = providerMessageId ?? "";
    await receive(
      statusOf(talk, wamid, "read"),
      statusOf(talk, wamid, "sent"),
      statusOf(talk, wamid, "delivered"),
      statusOf(talk, wamid, "failed"),
    );
    expect(await outboundRow(talk, id)).toMatchObject({ status: "SENT", deliveryStatus: "read" });
  });

  test("a failure after acceptance shows its reason, and a late 'sent' does not bring it back", async () => {
    const talk = await createTalk(scene);
    const id = await enqueue(talk, "one");
    await send(talk);
    const wamid = (await outboundRow(talk, id)).providerMessageId ?? "";
    await receive(
      statusOf(talk, wamid, "failed", { errors: [{ code: 131026, title: "Message undeliverable" }] }),
      statusOf(talk, wamid, "sent"),
    );
    expect(await outboundRow(talk, id)).toMatchObject({
      status: "FAILED",
      errorCode: 131026,
      error: expect.stringContaining("undeliverable"),
    });
  });

  test("a status that overtakes the send's own answer settles the row, and the answer changes nothing", async () => {
    const talk = await createTalk(scene);
    const id = await enqueue(talk, "one");
    graph.behave(async ({ wamid }) => {
      await receive(statusOf(talk, wamid, "delivered", { biz_opaque_callback_data: id }));
      return { take: true, answer: "normal" };
    });
    await send(talk);
    expect(await outboundRow(talk, id)).toMatchObject({ status: "SENT", deliveryStatus: "delivered" });
    expect(graph.accepted).toHaveLength(1);
  });

  test("one that names another business's row changes nothing there", async () => {
    const talk = await createTalk(scene);
    const id = await enqueue(talk, "one");
    const other = await createTalk(await createScene("Other"));
    await receive(statusOf(other, "wamid.x", "read", { biz_opaque_callback_data: id }));
    expect(await outboundRow(talk, id)).toMatchObject({ status: "PENDING" });
  });
});

describe("the last look before sending", () => {
  const cases: [string, (talk: Talk) => string, string][] = [
    [
      "a person took over",
      (t) => `UPDATE "Conversation" SET handler = 'PERSON' WHERE id = '${t.conversationId}'`,
      "took over",
    ],
    ["the customer opted out", () => `UPDATE "Contact" SET "optedOutAt" = now()`, "no more messages"],
    [
      "the window closed",
      (t) => `UPDATE "Conversation" SET "lastInboundAt" = now() - interval '25 hours' WHERE id = '${t.conversationId}'`,
      "24 hours",
    ],
    ["the channel was paused", (t) => `UPDATE "Channel" SET status = 'PAUSED' WHERE id = '${t.channelId}'`, "paused"],
    [
      "the business was suspended",
      (t) => `UPDATE "Business" SET status = 'SUSPENDED' WHERE id = '${t.businessId}'`,
      "suspended",
    ],
  ];
  test.each(cases)("%s: cancelled with the reason, nothing sent", async (_, change, reason) => {
    const talk = await createTalk(scene);
    const id = await enqueue(talk, "one");
    await runOn(database.adminUrl, change(talk));
    await send(talk);
    expect(await outboundRow(talk, id)).toMatchObject({
      status: "CANCELLED",
      cancelReason: expect.stringContaining(reason),
    });
    expect(graph.accepted).toHaveLength(0);
  });

  test("a customer known by a user id alone is sent to by that id", async () => {
    const body = envelope(scene.phoneNumberId, {
      contacts: [{ profile: { name: "Jo" }, user_id: "US.13491208655302741918" }],
      messages: [{ ...textMessage("", "hello"), from: undefined, from_user_id: "US.13491208655302741918" }],
    });
    await receive(body);
    const conversation = await tenantDb(scene.businessId).$transaction((tx) => tx.conversation.findFirstOrThrow());
    const talk = { ...scene, customer: "US.13491208655302741918", conversationId: conversation.id };
    await enqueue(talk, "one");
    await send(talk);
    expect(graph.accepted.map(({ to }) => to)).toEqual(["US.13491208655302741918"]);
  });
});
