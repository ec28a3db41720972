import { PrismaPg } from "@prisma/adapter-pg";
import pg from "pg";
import { afterAll, beforeAll, beforeEach, describe, expect, test } from "vitest";
import { GET, POST } from "@/app/api/webhooks/whatsapp/route";
import { jobContext } from "@/jobs/registry";
import { PrismaClient } from "@/generated/prisma/client";
import { closeDb, systemDb, tenantDb, type Tx } from "@/lib/db";
import { isDatabaseAway } from "@/lib/error-handler";
import { ingest } from "@/lib/inbound/ingest";
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

const turnJobs = async () => {
  const client = new pg.Client({ connectionString: database.adminUrl });
  await client.connect();
  try {
    const { rows } = await client.query<{ data: object }>(`SELECT data FROM pgboss.job WHERE name = 'turn'`);
    return rows.map(({ data }) => data);
  } finally {
    await client.end();
  }
};

test("a message wakes a turn of its conversation", async () => {
  await receive(envelope(scene.phoneNumberId, { messages: [textMessage(digits(12), "hello")] }));
  const [conversation] = await conversations();
  expect(await turnJobs()).toContainEqual({ businessId: scene.businessId, conversationId: conversation?.id });
});

describe("updates that cannot be applied together", () => {
  const three = () => ["one", "two", "three"].map((text) => textMessage(digits(12), text));

  test("one that the database refuses costs none of the others, and its delivery is kept as strange", async () => {
    const sent = three();
    await runOn(
      database.adminUrl,
      `ALTER TABLE "Message" ADD CONSTRAINT refused CHECK (wamid <> '${sent[1]?.id}') NOT VALID`,
    );
    try {
      await receive(envelope(scene.phoneNumberId, { messages: sent }));
    } finally {
      await runOn(database.adminUrl, `ALTER TABLE "Message" DROP CONSTRAINT refused`);
    }
    expect((await messages()).map(({ text }) => text)).toEqual(["one", "three"]);
    expect(await rawEvents()).toMatchObject([
      { status: "STRANGE", problem: expect.stringContaining("not be applied") },
    ]);
  });

  const tookTooLong = async () => {
    const prisma = new PrismaClient({ adapter: new PrismaPg({ connectionString: database.url }) });
    const late = prisma.$transaction((tx) => tx.$queryRaw`SELECT pg_sleep(0.3)::text`, { timeout: 50 });
    const error: unknown = await late.catch((err: unknown) => err);
    await prisma.$disconnect();
    return error;
  };
  /** A database on which the first transactions of a tenant take too long. */
  const slow = (error: unknown, times: number) => (businessId: string) => ({
    $transaction: <T>(work: (tx: Tx) => Promise<T>) =>
      times-- > 0 ? Promise.reject<T>(error as Error) : tenantDb(businessId).$transaction(work),
  });

  test("a chunk that takes too long is applied one by one", async () => {
    const error = await tookTooLong();
    expect(error).toMatchObject({ code: "P2028" });
    expect(isDatabaseAway(error)).toBe(false);
    await post(envelope(scene.phoneNumberId, { messages: three() }));
    const [raw] = await rawEvents();
    await ingest({ system: systemDb(), tenant: slow(error, 1) }, raw?.id ?? "");
    expect((await messages()).map(({ text }) => text)).toEqual(["one", "two", "three"]);
    expect(await rawEvents()).toMatchObject([{ status: "DONE" }]);
  });

  test("a single update that takes too long is tried again later, and lost to nobody", async () => {
    await post(envelope(scene.phoneNumberId, { messages: [textMessage(digits(12), "hello")] }));
    const [raw] = await rawEvents();
    const tenant = slow(await tookTooLong(), 1);
    await expect(ingest({ system: systemDb(), tenant }, raw?.id ?? "")).rejects.toMatchObject({ code: "P2028" });
    expect(await rawEvents()).toMatchObject([{ status: "RECEIVED" }]);
    await ingestAll();
    expect((await messages()).map(({ text }) => text)).toEqual(["hello"]);
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

  test("routing again a delivery that brought a duplicate counts it no second time", async () => {
    const body = envelope(scene.phoneNumberId, { messages: [textMessage(digits(12), "hello")] });
    await receive(body, body, body);
    expect(await messages()).toMatchObject([{ duplicateCount: 2 }]);
    await runOn(database.adminUrl, `UPDATE "RawWebhookEvent" SET status = 'RECEIVED'`);
    await ingestAll();
    expect(await messages()).toMatchObject([{ duplicateCount: 2 }]);
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
  const about = (first: ReturnType<typeof textMessage>, type: string, body: object) => ({
    from: first.from,
    id: newInboundWamid(),
    timestamp: first.timestamp,
    type,
    [type]: body,
  });
  const inOneMessage = (message: object) => envelope(scene.phoneNumberId, { messages: [message] });

  test("reactions, edits and revokes mark their message and stay visible", async () => {
    const first = textMessage(digits(12), "hello");
    const special = (type: string, body: object) => about(first, type, body);
    await receive(envelope(scene.phoneNumberId, { messages: [first] }));
    await receive(
      envelope(scene.phoneNumberId, { messages: [special("reaction", { message_id: first.id, emoji: "👍" })] }),
    );
    expect((await messages())[0]).toMatchObject({ reaction: "👍" });
    await receive(
      envelope(scene.phoneNumberId, { messages: [special("reaction", { message_id: first.id, emoji: "" })] }),
    );
    const edit = { original_message_id: first.id, message: { type: "text", text: { body: "hello again" } } };
    await receive(inOneMessage(special("edit", edit)));
    expect((await messages())[0]).toMatchObject({ text: "hello again", editedAt: expect.any(Date), revokedAt: null });
    await receive(inOneMessage(special("revoke", { original_message_id: first.id })));
    const [original, ...rest] = await messages();
    expect(original).toMatchObject({ reaction: null, revokedAt: expect.any(Date) });
    expect(rest).toHaveLength(4);
  });

  test("a reaction, an edit and a revoke that come before their message mark it when it comes", async () => {
    const first = textMessage(digits(12), "hello", { at: new Date(Date.now() - 60_000) });
    const other = textMessage(first.from, "another");
    const edit = { original_message_id: first.id, message: { type: "text", text: { body: "hello again" } } };
    await receive(
      inOneMessage(about(first, "revoke", { original_message_id: first.id })),
      inOneMessage(about(first, "reaction", { message_id: first.id, emoji: "👍" })),
      inOneMessage(about(first, "edit", edit)),
      inOneMessage(other),
      inOneMessage(first),
    );
    const marked = Object.fromEntries((await messages()).map((message) => [message.wamid, message]));
    expect(marked[first.id]).toMatchObject({ text: "hello again", reaction: "👍", editedAt: expect.any(Date) });
    expect(marked[first.id]?.revokedAt).not.toBeNull();
    expect(marked[other.id]).toMatchObject({ text: "another", reaction: null, editedAt: null, revokedAt: null });
  });

  test.each(["reaction", "edit", "revoke", "system"])(
    "a message of type %s opens no window and leaves nothing unread",
    async (type) => {
      const first = textMessage(digits(12), "hello");
      await receive(inOneMessage(about(first, type, { message_id: first.id, body: "A notice" })));
      expect(await conversations()).toMatchObject([{ lastInboundAt: null, unreadCount: 0 }]);
      await receive(inOneMessage(first));
      expect(await conversations()).toMatchObject([{ lastInboundAt: expect.any(Date), unreadCount: 1 }]);
    },
  );

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
    expect(new Map(addresses.map(({ value, validUntil }) => [value, validUntil === null]))).toEqual(
      new Map([
        [old, false],
        [now, true],
      ]),
    );
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

interface Example {
  entry?: { changes?: { field?: string; value?: { messages?: { id: string }[] } }[] }[];
}

test("every webhook example of Meta's own file is accepted and visible", async () => {
  const examples = webhookExamples().map(({ name, body }, at) => ({ name, body: withOwnIds(body, at) }));
  expect(examples.length).toBeGreaterThan(10);
  for (const { body } of examples) expect((await post(body)).status).toBe(200);
  const numbers = new Set(
    examples.flatMap(({ body }) => JSON.stringify(body).match(/"phone_number_id":"(\d+)"/)?.[1] ?? []),
  );
  const holders: string[] = [];
  for (const phoneNumberId of numbers) {
    const { businessId } = holders.length === 0 ? scene : await createScene(`Holder ${holders.length}`);
    holders.push(businessId);
    await tenantDb(businessId).$transaction((tx) =>
      tx.channelHolding.updateMany({ data: { phoneNumberId, heldFrom: new Date(0) } }),
    );
  }
  await ingestAll();
  const events = await rawEvents();
  expect(events).toHaveLength(examples.length);
  expect(events.filter(({ status }) => status !== "DONE").map(({ problem }) => problem)).toEqual([]);
  const kept = new Set((await Promise.all(holders.map((id) => messages(id)))).flat().map(({ wamid }) => wamid));
  const said = examples.flatMap(({ name, body }) => messageIds(body).map((wamid) => ({ name, wamid })));
  expect(said.length).toBeGreaterThan(10);
  expect(said.filter(({ wamid }) => !kept.has(wamid))).toEqual([]);
});

/** The example with message ids that no other example has: Meta's own repeat themselves, and count as duplicates. */
function withOwnIds(body: object, at: number): object {
  const own = structuredClone(body) as Example;
  for (const message of messagesOf(own)) message.id += `.${at}`;
  return own;
}

function messageIds(body: object): string[] {
  return messagesOf(body as Example).map(({ id }) => id);
}

function messagesOf({ entry = [] }: Example): { id: string }[] {
  return entry.flatMap(({ changes = [] }) => changes).flatMap(({ value }) => value?.messages ?? []);
}
