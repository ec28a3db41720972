import pg from "pg";
import { afterAll, afterEach, beforeAll, describe, expect, it, vi } from "vitest";
import type { Db, Tx } from "@/lib/db";
import type { openStream } from "@/lib/events/stream";
import type { Desk, Shop } from "./deskRows";
import { openDesk } from "./deskRows";
import { runs } from "../fixtures/long";

let desk: Desk;
let close: () => Promise<void>;
let lib: Awaited<ReturnType<typeof load>>;

async function load() {
  return {
    ...(await import("@/lib/db")),
    ...(await import("@/lib/events/publish")),
    ...(await import("@/lib/events/queries")),
    ...(await import("@/lib/events/stream")),
  };
}

beforeAll(async () => {
  ({ desk, close } = await openDesk());
  lib = await load();
});
afterEach(() => lib.closeStreams());
afterAll(() => close());

interface Message {
  id: string;
  event: string;
  data: Record<string, string>;
}

const LONG = 3_600_000;
const PATIENT = { timeout: 20_000 };

/** Opens a stream as a browser does; `after` is what it would send as Last-Event-ID. */
async function open({ businessId }: Shop, after: string | null = null, more: Partial<Opening> = {}) {
  const abort = new AbortController();
  const response = await lib.openStream({
    ctx: { db: lib.tenantDb(businessId), businessId },
    after,
    signal: abort.signal,
    stillAllowed: () => Promise.resolve(true),
    timing: { heartbeat: LONG, sessionCheck: LONG, lifetime: LONG },
    ...more,
  });
  return { response, messages: messagesOf(response), abort };
}
type Opening = Parameters<typeof openStream>[0];

async function* messagesOf(response: Response): AsyncGenerator<Message, undefined> {
  let text = "";
  for await (const chunk of response.body?.pipeThrough(new TextDecoderStream()) ?? []) {
    text += chunk;
    const blocks = text.split("\n\n");
    text = blocks.pop() ?? "";
    for (const block of blocks) {
      const fields = Object.fromEntries(block.split("\n").map((line) => line.split(/: (.*)/s).slice(0, 2)));
      if (fields.event) yield { id: fields.id, event: fields.event, data: JSON.parse(fields.data) };
    }
  }
}

async function take(messages: AsyncGenerator<Message, undefined>, count: number): Promise<Message[]> {
  const taken: Message[] = [];
  while (taken.length < count) {
    const next = await messages.next();
    if (next.done) break;
    taken.push(next.value);
  }
  return taken;
}

async function publish({ businessId }: Shop, ...names: string[]): Promise<void> {
  for (const name of names)
    await lib.tenantDb(businessId).$transaction((tx) => lib.publish(tx, businessId, "lead.changed", { name }));
}

/** Waits until no transaction on the server, of whatever database, is older than the business's events. */
async function settled({ businessId }: Shop): Promise<void> {
  await vi.waitFor(async () => {
    const read = await lib.readEvents(lib.tenantDb(businessId), businessId, { xid: 0n, id: 0n });
    expect(read.waiting).toBe(false);
  }, PATIENT);
}

const namesOf = (messages: Message[]) => messages.map(({ data }) => data.name);

function counted(db: Db) {
  const counting = {
    done: 0,
    async $transaction<T>(work: (tx: Tx) => Promise<T>): Promise<T> {
      const result = await db.$transaction(work);
      counting.done++;
      return result;
    },
  };
  return counting;
}

function listening(): Promise<{ pid: number }[]> {
  return desk.rows<{ pid: number }>(
    "SELECT pid FROM pg_stat_activity WHERE datname = current_database() AND application_name = 'frontdesk-events'",
  );
}

describe("under concurrent commits", () => {
  it("holds an event back while an older transaction may still add one before it", async () => {
    const shop = await desk.shop();
    const older = new pg.Client({ connectionString: desk.adminUrl });
    await older.connect();
    const db = lib.tenantDb(shop.businessId);
    const start = await lib.readHorizon(db);
    await older.query("BEGIN");
    await addEvent(older, shop, "older");
    await publish(shop, "younger");
    const held = await lib.readEvents(db, shop.businessId, start);
    expect(held).toMatchObject({ events: [], waiting: true });
    await older.query("COMMIT");
    await older.end();
    await vi.waitFor(async () => {
      const { events } = await lib.readEvents(db, shop.businessId, held.next);
      expect(events.map(({ data }) => data)).toEqual([{ name: "older" }, { name: "younger" }]);
    }, PATIENT);
  });

  it("gives every event exactly once to a reader that stays and to one that comes and goes", async () => {
    const shop = await desk.shop();
    const writers = 8;
    const each = runs(60, 500);
    const steady = await open(shop);
    const [ready] = await take(steady.messages, 1);
    const writing = Promise.all(Array.from({ length: writers }, (_, n) => write(shop, n, each)));
    const all = take(steady.messages, writers * each);
    const restless: Message[] = [];
    for (let last = ready?.id ?? ""; restless.length < writers * each; last = restless.at(-1)?.id ?? last) {
      const { messages, abort } = await open(shop, last);
      restless.push(
        ...(await take(messages, Math.min(1 + Math.floor(Math.random() * 40), writers * each - restless.length))),
      );
      abort.abort();
      await messages.return(undefined);
    }
    await writing;
    const expected = Array.from(
      { length: writers * each },
      (_, n) => `${n % writers}.${Math.floor(n / writers)}`,
    ).sort();
    expect(namesOf(await all).sort()).toEqual(expected);
    expect(namesOf(restless).sort()).toEqual(expected);
  });

  /** Transactions that take their event's id early and commit late, so that they commit in another order. */
  async function write(shop: Shop, writer: number, count: number): Promise<void> {
    const client = new pg.Client({ connectionString: desk.adminUrl });
    await client.connect();
    for (let n = 0; n < count; n++) {
      await client.query("BEGIN");
      await addEvent(client, shop, `${writer}.${n}`);
      await client.query("SELECT pg_sleep(random() * 0.02)");
      await client.query(n % 7 === 0 ? "SAVEPOINT s; ROLLBACK TO s; COMMIT" : "COMMIT");
    }
    await client.end();
  }

  async function addEvent(client: pg.Client, { businessId }: Shop, name: string): Promise<void> {
    await client.query(`INSERT INTO "Event" ("businessId", kind, data) VALUES ($1, 'lead.changed', $2)`, [
      businessId,
      JSON.stringify({ name }),
    ]);
    await client.query("SELECT pg_notify($1, $2)", [lib.EVENTS_CHANNEL, businessId]);
  }
});

describe("a stream", () => {
  it("begins now, says so with an id, and resumes behind the last id without saying so again", async () => {
    const shop = await desk.shop();
    await publish(shop, "before");
    await settled(shop);
    const first = await open(shop);
    expect(first.response.headers.get("content-type")).toMatch(/^text\/event-stream/);
    expect(first.response.headers.get("x-accel-buffering")).toBe("no");
    const [ready] = await take(first.messages, 1);
    expect(ready).toMatchObject({ event: "ready", id: expect.stringMatching(/^\d+-0$/) });
    await first.messages.return(undefined);
    await publish(shop, "one", "two");
    const second = await open(shop, ready?.id);
    const [one] = await take(second.messages, 1);
    expect(one).toMatchObject({ event: "lead.changed", data: { name: "one" } });
    const third = await open(shop, one?.id);
    await publish(shop, "three");
    expect(namesOf(await take(third.messages, 2))).toEqual(["two", "three"]);
  });

  it.each(["999999999999999999-1", "not-an-id", ""])(
    "begins now behind %j, which was never given out",
    async (after) => {
      const { messages } = await open(await desk.shop(), after);
      expect((await take(messages, 1))[0]?.event).toBe("ready");
    },
  );

  it("tells nothing of another business", async () => {
    const [mine, other] = [await desk.shop(), await desk.shop("Other")];
    const { messages } = await open(mine);
    await take(messages, 1);
    await publish(other, "theirs");
    await publish(mine, "ours");
    expect(namesOf(await take(messages, 1))).toEqual(["ours"]);
  });

  it("ends when the session is over, and not while it merely cannot be looked up", async () => {
    const shop = await desk.shop();
    const looks = vi
      .fn<() => Promise<boolean>>()
      .mockRejectedValueOnce(new Error("the database is away"))
      .mockResolvedValueOnce(true)
      .mockResolvedValue(false);
    const { messages } = await open(shop, null, {
      stillAllowed: looks,
      timing: { heartbeat: LONG, sessionCheck: 5, lifetime: LONG },
    });
    expect(await take(messages, 2)).toHaveLength(1);
    expect(looks.mock.calls.length).toBeGreaterThanOrEqual(3);
  });

  it("ends after its lifetime, and when the server closes", async () => {
    const shop = await desk.shop();
    const short = await open(shop, null, { timing: { heartbeat: LONG, sessionCheck: LONG, lifetime: 5 } });
    expect(await take(short.messages, 2)).toHaveLength(1);
    const open2 = await open(shop);
    await lib.closeStreams();
    expect(await take(open2.messages, 2)).toHaveLength(1);
  });

  it("shows that it lives while nothing happens", async () => {
    const { response } = await open(await desk.shop(), null, {
      timing: { heartbeat: 5, sessionCheck: LONG, lifetime: LONG },
    });
    let text = "";
    for await (const chunk of response.body?.pipeThrough(new TextDecoderStream()) ?? []) {
      text += chunk;
      if (text.includes("\n: alive\n\n")) break;
    }
    expect(text).toContain(": alive");
  });

  it("cuts off a client that does not read, which then resumes and has everything once", async () => {
    const shop = await desk.shop();
    const { businessId } = shop;
    const before = await lib.readHorizon(lib.tenantDb(businessId));
    for (let n = 0; n < 60; n++)
      await desk.sql.query(`INSERT INTO "Event" ("businessId", kind, data) VALUES ($1, 'lead.changed', $2)`, [
        businessId,
        JSON.stringify({ name: String(n), filling: "x".repeat(50_000) }),
      ]);
    await settled(shop);
    const seen: string[] = [];
    let connections = 0;
    for (let last = `${before.xid}-${before.id}`; seen.length < 60; connections++) {
      const db = counted(lib.tenantDb(businessId));
      const { messages } = await open(shop, last, { ctx: { db, businessId } });
      // The horizon, then the events: by now they are buffered, and nobody has read.
      await vi.waitFor(() => expect(db.done).toBeGreaterThanOrEqual(2), PATIENT);
      await new Promise(setImmediate);
      const got = await take(messages, 60 - seen.length);
      seen.push(...namesOf(got).map(String));
      last = got.at(-1)?.id ?? last;
    }
    expect(seen).toEqual(Array.from({ length: 60 }, (_, n) => String(n)));
    expect(connections).toBeGreaterThan(1);
  });
});

describe("the listening connection", () => {
  it("is one for all streams, and goes with the last of them", async () => {
    const [a, b] = [await desk.shop(), await desk.shop("Other")];
    const streams = [await open(a), await open(a), await open(b)];
    await vi.waitFor(async () => expect(await listening()).toHaveLength(1), PATIENT);
    await publish(a, "both");
    for (const { messages } of streams.slice(0, 2))
      expect(namesOf((await take(messages, 2)).slice(1))).toEqual(["both"]);
    expect(await listening()).toHaveLength(1);
    for (const { abort } of streams) abort.abort();
    await vi.waitFor(async () => expect(await listening()).toHaveLength(0), PATIENT);
  });

  it("comes back when it is cut, and nothing is lost meanwhile", async () => {
    const shop = await desk.shop();
    const { messages } = await open(shop);
    await take(messages, 1);
    const [before] = await vi.waitFor(async () => {
      const found = await listening();
      expect(found).toHaveLength(1);
      return found;
    }, PATIENT);
    await desk.rows("SELECT pg_terminate_backend($1)", [before?.pid]);
    await publish(shop, "meanwhile");
    expect(namesOf(await take(messages, 1))).toEqual(["meanwhile"]);
    await vi.waitFor(async () => {
      const [now] = await listening();
      expect(now?.pid).toBeDefined();
      expect(now?.pid).not.toBe(before?.pid);
    }, PATIENT);
  });
});
