import { afterAll, beforeAll, beforeEach, describe, expect, test } from "vitest";
import { GET, POST } from "@/app/api/webhooks/whatsapp/route";
import { jobContext } from "@/jobs/registry";
import { closeDb, systemDb, tenantDb } from "@/lib/db";
import { stopSender } from "@/lib/queue/queue";
import { sweep } from "@/lib/sweeper/sweep";
import { ingestAll, receive } from "../fixtures/conversation";
import {
  APP_SECRET,
  createScene,
  digits,
  envelope,
  newInboundWamid,
  setTestEnvironment,
  signedRequest,
  textMessage,
  type Scene,
} from "../fixtures/scene";
import { webhookExamples } from "../fixtures/whatsapp/examples";
import { createTestDatabase, runOn } from "./testDatabase";

let database: Awaited<ReturnType<typeof createTestDatabase>>;
let scene: Scene;
const context = { params: Promise.resolve({}) };

beforeAll(async () => {
  database = await createTestDatabase();
  setTestEnvironment(database.url);
});

beforeEach(async () => {
  await runOn(database.adminUrl, `TRUNCATE "Business", "RawWebhookEvent", "Alert" CASCADE`);
  scene = await createScene();
});

afterAll(async () => {
  await stopSender();
  await closeDb();
  await database.drop();
});

const post = (body: object | Buffer | string) => POST(signedRequest(body), context);
const rawEvents = () => systemDb().$transaction((tx) => tx.rawWebhookEvent.findMany({ orderBy: { id: "asc" } }));
const messages = (businessId = scene.businessId) =>
  tenantDb(businessId).$transaction((tx) => tx.message.findMany({ orderBy: { seq: "asc" } }));
const conversations = () =>
  tenantDb(scene.businessId).$transaction((tx) => tx.conversation.findMany({ orderBy: { createdAt: "asc" } }));
const adminAlerts = () => systemDb().$transaction((tx) => tx.alert.findMany({ where: { businessId: null } }));

describe("the signature", () => {
  const body = JSON.stringify({ object: "whatsapp_business_account", entry: [] });
  const cases: [string, string | null][] = [
    ["missing", null],
    ["wrong", `sha256=${"0".repeat(64)}`],
    ["truncated", "sha256=abcdef"],
    ["of another algorithm", "sha1=0123456789abcdef0123456789abcdef01234567"],
    ["not hex", `sha256=${"z".repeat(64)}`],
  ];
  test.each(cases)("%s: 401 and nothing stored", async (_, signature) => {
    const headers = new Headers({ "content-type": "application/json" });
    if (signature) headers.set("x-hub-signature-256", signature);
    const response = await POST(
      new Request("http://localhost/api/webhooks/whatsapp", { method: "POST", headers, body }),
      context,
    );
    expect(response.status).toBe(401);
    expect(await response.json()).toMatchObject({
      success: false,
      error: { code: "BAD_SIGNATURE", supportCode: "E1003" },
    });
    expect(await rawEvents()).toEqual([]);
  });

  test("of other bytes than the body's: 401", async () => {
    const request = signedRequest(body);
    const changed = new Request(request.url, { method: "POST", headers: request.headers, body: `${body} ` });
    expect((await POST(changed, context)).status).toBe(401);
  });
});

describe("the handshake", () => {
  const ask = (token: string) =>
    GET(
      new Request(
        `http://localhost/api/webhooks/whatsapp?hub.mode=subscribe&hub.verify_token=${token}&hub.challenge=42`,
      ),
      context,
    );
  test("answers the challenge as plain text", async () => {
    const response = await ask("verify-token-of-the-tests");
    expect([response.status, await response.text()]).toEqual([200, "42"]);
    expect(response.headers.get("content-type")).toContain("text/plain");
  });
  test("refuses a wrong token", async () => {
    expect((await ask(APP_SECRET)).status).toBe(403);
  });
});

describe("well signed and strange: 200, kept, shown", () => {
  const nested = "[".repeat(5000) + "]".repeat(5000);
  const cases: [string, Buffer | string][] = [
    ["malformed JSON", "{"],
    ["no JSON at all", Buffer.from([0, 255, 254, 10])],
    ["an empty body", ""],
    ["deep nesting", nested],
    ["an envelope of the wrong shape", JSON.stringify({ object: "page", entry: "none" })],
  ];
  test.each(cases)("%s", async (_, body) => {
    const raw = Buffer.isBuffer(body) ? body : Buffer.from(body);
    expect((await post(raw)).status).toBe(200);
    await ingestAll();
    const [event] = await rawEvents();
    expect(event).toMatchObject({ status: "STRANGE", problem: expect.stringMatching(/\w/) });
    expect(Buffer.from(event?.body ?? []).equals(raw)).toBe(true);
    expect((await adminAlerts()).map(({ kind }) => kind)).toEqual(["strange_delivery"]);
  });

  test("a body over 4 MB is 413 and not stored", async () => {
    expect((await post(Buffer.alloc(4 * 1024 * 1024 + 1, 32))).status).toBe(413);
    expect(await rawEvents()).toEqual([]);
  });

  test("a message without a sender is shown in a conversation of its own, and costs nothing of the one beside it", async () => {
    const good = textMessage(digits(12), "hello");
    const { from: _, ...anonymous } = textMessage("1", "who am I");
    await post(envelope(scene.phoneNumberId, { messages: [anonymous, good] }));
    await ingestAll();
    expect((await messages()).map(({ wamid }) => wamid)).toEqual([anonymous.id, good.id]);
    expect(await conversations()).toHaveLength(2);
    expect((await rawEvents())[0]).toMatchObject({ status: "STRANGE" });
  });

  test("NUL bytes and lone surrogates are cleaned, the rest of the text stays", async () => {
    await post(envelope(scene.phoneNumberId, { messages: [textMessage(digits(12), "a\u0000b\ud800c")] }));
    await ingestAll();
    const [message] = await messages();
    expect(message?.text).toMatch(/^a.?b.c$/u);
    expect(message?.text?.isWellFormed()).toBe(true);
  });

  test("a message of 64 KB is kept whole", async () => {
    await post(envelope(scene.phoneNumberId, { messages: [textMessage(digits(12), "x".repeat(65_536))] }));
    await ingestAll();
    expect((await messages())[0]?.text).toHaveLength(65_536);
  });

  test("a timestamp in the future counts as now, and the window does not reach into next year", async () => {
    const at = new Date(Date.now() + 365 * 24 * 3600_000);
    await post(envelope(scene.phoneNumberId, { messages: [textMessage(digits(12), "hi", { at })] }));
    await ingestAll();
    const [conversation] = await conversations();
    expect(conversation?.lastInboundAt?.getTime()).toBeLessThanOrEqual(Date.now());
  });

  test("an unknown type is kept and waits for a turn", async () => {
    await post(
      envelope(scene.phoneNumberId, {
        messages: [
          { from: digits(12), id: newInboundWamid(), timestamp: "1760000000", type: "hologram", hologram: {} },
        ],
      }),
    );
    await ingestAll();
    expect(await messages()).toMatchObject([{ type: "hologram", processedAt: null }]);
  });
});

describe("deduplication", () => {
  test("the same wamid twice in one POST, and the POST five times more: one message, six counted", async () => {
    const customer = digits(12);
    const message = textMessage(customer, "hello");
    const body = envelope(scene.phoneNumberId, { messages: [message, message] });
    await post(body);
    await ingestAll();
    expect(await messages()).toMatchObject([{ duplicateCount: 1 }]);
    for (let i = 0; i < 5; i++) await post(envelope(scene.phoneNumberId, { messages: [message] }));
    await ingestAll();
    expect(await messages()).toMatchObject([{ duplicateCount: 6 }]);
  });

  test("routing a delivery again after a crash counts nothing", async () => {
    await receive(envelope(scene.phoneNumberId, { messages: [textMessage(digits(12), "hello")] }));
    await runOn(database.adminUrl, `UPDATE "RawWebhookEvent" SET status = 'RECEIVED'`);
    await ingestAll();
    expect(await messages()).toMatchObject([{ duplicateCount: 0 }]);
  });

  test("1000 updates in one POST are all kept, in order", async () => {
    const customers = Array.from({ length: 20 }, () => digits(12));
    const sent = Array.from({ length: 1000 }, (_, i) => textMessage(customers[i % 20] ?? "", `message ${i}`));
    await post(envelope(scene.phoneNumberId, { messages: sent }));
    await ingestAll();
    expect((await messages()).map(({ wamid }) => wamid)).toEqual(sent.map(({ id }) => id));
    expect(await conversations()).toHaveLength(20);
  });

  test("many routers at once make one contact and one conversation of a new customer", async () => {
    const customer = digits(12);
    for (let i = 0; i < 8; i++)
      await post(envelope(scene.phoneNumberId, { messages: [textMessage(customer, `message ${i}`)] }));
    await Promise.all([ingestAll(), ingestAll(), ingestAll(), ingestAll()]);
    expect(await messages()).toHaveLength(8);
    expect(await conversations()).toHaveLength(1);
  });
});

describe("routing", () => {
  test("an unknown number: 200, kept, an alert that counts up", async () => {
    const body = envelope("999999999999999", { messages: [textMessage(digits(12), "hello")] });
    expect((await post(body)).status).toBe(200);
    await post(body);
    await ingestAll();
    expect(await rawEvents()).toMatchObject([{ status: "STRANGE" }, { status: "STRANGE" }]);
    expect(await adminAlerts()).toMatchObject([{ kind: "unknown_number", subject: "999999999999999", count: 2 }]);
  });

  test("a message goes to the business that held the number when it was sent", async () => {
    const next = await createScene("Next owner");
    const handover = new Date(Date.now() - 3600_000);
    await tenantDb(scene.businessId).$transaction((tx) =>
      tx.channelHolding.updateMany({ data: { heldUntil: handover } }),
    );
    await tenantDb(next.businessId).$transaction((tx) =>
      tx.channelHolding.updateMany({ data: { phoneNumberId: scene.phoneNumberId, heldFrom: handover } }),
    );
    const before = textMessage(digits(12), "before", { at: new Date(handover.getTime() - 60_000) });
    const after = textMessage(digits(12), "after");
    await receive(envelope(scene.phoneNumberId, { messages: [before, after] }));
    expect((await messages()).map(({ text }) => text)).toEqual(["before"]);
    expect((await messages(next.businessId)).map(({ text }) => text)).toEqual(["after"]);
  });

  test("many entries and changes, messages and statuses together", async () => {
    const value = (text: string) => ({
      messages: [textMessage(digits(12), text)],
      statuses: [{ id: "wamid.none", status: "sent", timestamp: "1760000000" }],
    });
    const a = envelope(scene.phoneNumberId, value("one")) as { entry: { changes: object[] }[] };
    const b = envelope(scene.phoneNumberId, value("two")) as typeof a;
    a.entry[0]?.changes.push(...(b.entry[0]?.changes ?? []));
    const c = envelope(scene.phoneNumberId, value("three")) as typeof a;
    await receive({ ...a, entry: [...a.entry, ...c.entry] });
    expect((await messages()).map(({ text }) => text)).toEqual(["one", "two", "three"]);
  });
});

describe("what a message says of another, of an address, of the owner", () => {
  test("reactions, edits and revokes mark their message and stay visible", async () => {
    const customer = digits(12);
    const first = textMessage(customer, "hello");
    const special = (type: string, body: object) => ({
      from: customer,
      id: newInboundWamid(),
      timestamp: first.timestamp,
      type,
      [type]: body,
    });
    await receive(envelope(scene.phoneNumberId, { messages: [first] }));
    await receive(
      envelope(scene.phoneNumberId, { messages: [special("reaction", { message_id: first.id, emoji: "👍" })] }),
    );
    expect((await messages())[0]).toMatchObject({ reaction: "👍" });
    await receive(
      envelope(scene.phoneNumberId, { messages: [special("reaction", { message_id: first.id, emoji: "" })] }),
    );
    await receive(envelope(scene.phoneNumberId, { messages: [special("revoke", { original_message_id: first.id })] }));
    const [original, ...rest] = await messages();
    expect(original).toMatchObject({ reaction: null, revokedAt: expect.any(Date) });
    expect(rest).toHaveLength(3);
  });

  test("a customer who changes the number stays the same contact", async () => {
    const old = digits(12);
    const now = digits(12);
    await receive(envelope(scene.phoneNumberId, { messages: [textMessage(old, "hello")] }));
    const system = { type: "user_changed_number", wa_id: now, body: "changed" };
    await receive(
      envelope(scene.phoneNumberId, {
        messages: [{ from: old, id: newInboundWamid(), timestamp: "1760000000", type: "system", system }],
      }),
    );
    await receive(envelope(scene.phoneNumberId, { messages: [textMessage(now, "still me")] }));
    expect(await conversations()).toHaveLength(1);
    const addresses = await tenantDb(scene.businessId).$transaction((tx) =>
      tx.contactAddress.findMany({ orderBy: { validFrom: "asc" } }),
    );
    expect(addresses.map(({ value, validUntil }) => [value, validUntil === null])).toEqual([
      [old, false],
      [now, true],
    ]);
  });

  test("the owner's answer from the phone takes the conversation over", async () => {
    const customer = digits(12);
    await receive(envelope(scene.phoneNumberId, { messages: [textMessage(customer, "hello")] }));
    const echo = {
      from: "442079460000",
      to: customer,
      id: newInboundWamid(),
      timestamp: "1760000000",
      type: "text",
      text: { body: "on my way" },
    };
    await receive(envelope(scene.phoneNumberId, { message_echoes: [echo] }, "smb_message_echoes"));
    expect(await conversations()).toMatchObject([{ handler: "PERSON", stateVersion: 1 }]);
    expect((await messages()).map(({ direction }) => direction)).toEqual(["INBOUND", "ECHO"]);
  });
});

test("raw webhooks are kept for 30 days, and longer while they wait to be routed", async () => {
  await receive(envelope(scene.phoneNumberId, { messages: [textMessage(digits(12), "old")] }));
  await runOn(
    database.adminUrl,
    `UPDATE "RawWebhookEvent" SET "receivedAt" = now() - interval '29 days'; UPDATE "Event" SET "createdAt" = now() - interval '1 day'`,
  );
  await sweep(systemDb(), jobContext);
  expect(await rawEvents()).toHaveLength(1);
  await runOn(
    database.adminUrl,
    `UPDATE "RawWebhookEvent" SET "receivedAt" = now() - interval '31 days'; UPDATE "Event" SET "createdAt" = now() - interval '3 days'`,
  );
  await post(envelope(scene.phoneNumberId, { messages: [textMessage(digits(12), "waiting")] }));
  await runOn(database.adminUrl, `UPDATE "RawWebhookEvent" SET "receivedAt" = now() - interval '31 days'`);
  await sweep(systemDb(), jobContext);
  expect(await rawEvents()).toMatchObject([{ status: "RECEIVED" }]);
  expect(await tenantDb(scene.businessId).$transaction((tx) => tx.event.count())).toBe(0);
});

test("every webhook example of Meta's own file is accepted and visible", async () => {
  const examples = webhookExamples();
  expect(examples.length).toBeGreaterThan(10);
  for (const { body } of examples) expect((await post(body)).status).toBe(200);
  const numbers = new Set(
    examples.flatMap(({ body }) => JSON.stringify(body).match(/"phone_number_id":"(\d+)"/)?.[1] ?? []),
  );
  let at = 0;
  for (const phoneNumberId of numbers) {
    const holder = at++ === 0 ? scene : await createScene(`Holder ${at}`);
    await tenantDb(holder.businessId).$transaction((tx) =>
      tx.channelHolding.updateMany({ data: { phoneNumberId, heldFrom: new Date(0) } }),
    );
  }
  await ingestAll();
  const events = await rawEvents();
  expect(events).toHaveLength(examples.length);
  expect(events.filter(({ status }) => status !== "DONE").map(({ problem }) => problem)).toEqual([]);
});
