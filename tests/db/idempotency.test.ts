import { v7 as uuidv7 } from "uuid";
import { afterAll, beforeAll, beforeEach, describe, expect, it } from "vitest";
import type { Ctx } from "@/lib/context";
import type { Tx } from "@/lib/db";
import { openDesk, type Desk, type Shop } from "./deskRows";

type Handle = (ctx: Ctx) => Promise<unknown>;

let desk: Desk;
let close: () => Promise<void>;
let shop: Shop;
let cookie: string;

beforeAll(async () => {
  ({ desk, close } = await openDesk());
});
afterAll(() => close());

beforeEach(async () => {
  shop = await desk.shop();
  cookie = await desk.signIn(shop.ownerId, shop.businessId);
});

/** Writes down that it ran, and what for. */
function note(ctx: Ctx, action = "test.ran"): Promise<number> {
  return ctx.db.$transaction((tx) => writeNote(tx, ctx.businessId, action));
}

function writeNote(tx: Tx, businessId: string, action: string): Promise<number> {
  return tx.$executeRaw`
    INSERT INTO "Activity" (id, "businessId", actor, action, entity, "entityId")
    VALUES (gen_random_uuid(), ${businessId}::uuid, 'system', ${action}, 'test', gen_random_uuid())`;
}

async function notes(businessId = shop.businessId): Promise<string[]> {
  const rows = await desk.rows<{ action: string }>('SELECT action FROM "Activity" WHERE "businessId" = $1', [
    businessId,
  ]);
  return rows.map(({ action }) => action).sort();
}

/** A route that does what it is told; each call is one request under a key. */
async function endpointOf(handle: Handle, more: { callsOut?: true } = {}) {
  const { route } = await import("@/lib/http/route");
  const post = route({ auth: "member", ...more, handle: ({ ctx }) => handle(ctx) });
  return async (key: string | null, { body = "{}", path = "/api/test", as = cookie } = {}) => {
    const headers = { cookie: as, "content-type": "application/json", ...(key && { "idempotency-key": key }) };
    const response = await post(new Request(`http://localhost${path}`, { method: "POST", headers, body }), {
      params: Promise.resolve({}),
    });
    return { response, status: response.status, text: await response.text() };
  };
}

const codeOf = (text: string) => (JSON.parse(text) as { error?: { code: string } }).error?.code;

let gate: Promise<void>;

describe("the same request again", () => {
  it("gets the first answer byte for byte, and nothing runs", async () => {
    const post = await endpointOf(async (ctx) => {
      await note(ctx);
      const headers = new Headers({ Location: "/api/things/1", "Content-Type": "application/json" });
      headers.append("Set-Cookie", "a=1");
      headers.append("Set-Cookie", "b=2");
      return new Response(`{"at":"${uuidv7()}","text":"ünï ✓"}`, { status: 201, headers });
    });
    const key = uuidv7();
    const first = await post(key);
    const again = await post(key);
    expect(first.status).toBe(201);
    expect([again.status, again.text]).toEqual([first.status, first.text]);
    const told = ({ response }: typeof first) =>
      [...response.headers].filter(([name]) => !["x-request-id", "idempotent-replayed"].includes(name));
    expect(told(again)).toEqual(
      told(first).map(([name, value]) => [name, name === "ratelimit-remaining" ? String(Number(value) - 1) : value]),
    );
    expect(again.response.headers.getSetCookie()).toEqual(["a=1", "b=2"]);
    expect([first, again].map(({ response }) => response.headers.get("idempotent-replayed"))).toEqual([null, "true"]);
    expect(await notes()).toEqual(["test.ran"]);
  });

  it("gets an answer without a body again", async () => {
    const post = await endpointOf(async (ctx) => {
      await note(ctx);
      return new Response(null, { status: 204 });
    });
    const key = uuidv7();
    expect([(await post(key)).status, (await post(key)).status]).toEqual([204, 204]);
    expect(await notes()).toEqual(["test.ran"]);
  });

  it("gets a refusal again with its first request id, and what the handler had written before stays once", async () => {
    const { AppError } = await import("@/lib/error-handler");
    const post = await endpointOf(async (ctx) => {
      await note(ctx, "kept");
      return ctx.db.$transaction(async (tx) => {
        await writeNote(tx, ctx.businessId, "undone");
        throw new AppError("WINDOW_CLOSED");
      });
    });
    const key = uuidv7();
    const first = await post(key);
    const again = await post(key);
    expect([first.status, codeOf(first.text)]).toEqual([409, "WINDOW_CLOSED"]);
    expect([again.status, again.text]).toEqual([first.status, first.text]);
    expect(await notes()).toEqual(["kept"]);
  });

  it("runs again after a fault of ours, which leaves nothing", async () => {
    let calls = 0;
    const post = await endpointOf(async (ctx) => {
      await note(ctx);
      if (++calls === 1) throw new Error("broken");
      return { calls };
    });
    const key = uuidv7();
    expect((await post(key)).status).toBe(500);
    expect(await notes()).toEqual([]);
    expect(await post(key)).toMatchObject({ status: 200, text: '{"calls":2}' });
    expect(await notes()).toEqual(["test.ran"]);
  });

  it("runs again once the key is older than 24 hours", async () => {
    const post = await endpointOf((ctx) => note(ctx));
    const key = uuidv7();
    await post(key);
    await desk.sql.query(
      `UPDATE "IdempotencyKey" SET "createdAt" = now() - interval '24 hours 1 second' WHERE key = $1`,
      [key],
    );
    expect((await post(key, { body: '{"other":true}' })).status).toBe(200);
    expect(await notes()).toEqual(["test.ran", "test.ran"]);
  });

  it("runs each time without a key", async () => {
    const post = await endpointOf((ctx) => note(ctx));
    await post(null);
    await post(null);
    expect(await notes()).toEqual(["test.ran", "test.ran"]);
  });
});

it.each([
  ["body", { body: '{"b":1}' }],
  ["address", { path: "/api/other" }],
])("the same key with another %s is refused and runs nothing", async (_what, other) => {
  const post = await endpointOf((ctx) => note(ctx));
  const key = uuidv7();
  await post(key);
  const reused = await post(key, other);
  expect([reused.status, codeOf(reused.text)]).toEqual([409, "IDEMPOTENCY_KEY_REUSED"]);
  expect(await notes()).toEqual(["test.ran"]);
});

it.each([["two words"], ["x".repeat(256)]])("a malformed key is refused", async (key) => {
  const post = await endpointOf((ctx) => note(ctx));
  const refused = await post(key);
  expect([refused.status, codeOf(refused.text)]).toEqual([400, "IDEMPOTENCY_KEY_NEEDED"]);
  expect(await notes()).toEqual([]);
});

describe.each([{}, { callsOut: true as const }])("eight at once (%o)", (more) => {
  it("run once; the others are told to come back, and then get the first one's answer", async () => {
    const started = Promise.withResolvers<void>();
    const post = await endpointOf(async (ctx) => {
      started.resolve();
      await gate;
      return { written: await note(ctx), at: uuidv7() };
    }, more);
    const key = uuidv7();
    const { promise, resolve } = Promise.withResolvers<void>();
    gate = promise;
    const all = Array.from({ length: 8 }, () => post(key));
    await started.promise;
    const refused: Awaited<ReturnType<typeof post>>[] = [];
    for (const one of all) void one.then((answer) => (refused.push(answer), refused.length === 7 && resolve()));
    const answers = await Promise.all(all);
    expect(answers.map(({ status }) => status).sort()).toEqual([200, ...Array.from({ length: 7 }, () => 409)]);
    for (const { text, response } of answers.filter(({ status }) => status === 409)) {
      expect(codeOf(text)).toBe("IDEMPOTENCY_KEY_BUSY");
      expect(response.headers.get("retry-after")).toBe("1");
    }
    expect((await post(key)).text).toBe(answers.find(({ status }) => status === 200)?.text);
    expect(await notes()).toEqual(["test.ran"]);
  });
});

describe("a key belongs", () => {
  it("to its user", async () => {
    const colleague = await desk.user();
    await desk.insert("Member", { businessId: shop.businessId, userId: colleague, role: "MEMBER" });
    const post = await endpointOf((ctx) => note(ctx));
    const key = uuidv7();
    await post(key);
    expect((await post(key, { as: await desk.signIn(colleague), body: '{"b":1}' })).status).toBe(200);
    expect(await notes()).toEqual(["test.ran", "test.ran"]);
  });

  it("to one business of its user", async () => {
    const other = await desk.shop("Other");
    await desk.insert("Member", { businessId: other.businessId, userId: shop.ownerId, role: "OWNER" });
    const post = await endpointOf((ctx) => note(ctx));
    const key = uuidv7();
    await post(key);
    const there = await desk.signIn(shop.ownerId, other.businessId);
    expect((await post(key, { as: there, body: '{"b":1}' })).status).toBe(200);
    expect([await notes(), await notes(other.businessId)]).toEqual([["test.ran"], ["test.ran"]]);
  });

  it("to an admin without a business, too", async () => {
    const { route } = await import("@/lib/http/route");
    let runs = 0;
    const post = route({ auth: "admin", handle: () => ({ runs: ++runs }) });
    const headers = { cookie: await desk.signIn(await desk.user({ isAdmin: true })), "idempotency-key": uuidv7() };
    const send = () =>
      post(new Request("http://localhost/api/admin", { method: "POST", headers }), { params: Promise.resolve({}) });
    expect([await (await send()).json(), await (await send()).json()]).toEqual([{ runs: 1 }, { runs: 1 }]);
  });
});

describe("a unit of work that fails within a keyed request", () => {
  it("is undone by itself, as it is without a key", async () => {
    const post = await endpointOf(async (ctx) => {
      await note(ctx, "before");
      await ctx.db
        .$transaction(async (tx) => {
          await writeNote(tx, ctx.businessId, "undone");
          await tx.$queryRaw`SELECT 1 / 0`;
        })
        .catch(() => undefined);
      await Promise.all([note(ctx, "after"), note(ctx, "beside")]);
      return null;
    });
    expect((await post(uuidv7())).status).toBe(200);
    expect(await notes()).toEqual(["after", "before", "beside"]);
  });
});

describe("a handler that calls out", () => {
  it("holds no transaction: what it wrote is there before it ends", async () => {
    let seen: string[] = [];
    const post = await endpointOf(
      async (ctx) => {
        await note(ctx);
        seen = await notes();
        return null;
      },
      { callsOut: true },
    );
    await post(uuidv7());
    expect(seen).toEqual(["test.ran"]);
  });

  it("whose process died is run again by the first who asks a minute later", async () => {
    const post = await endpointOf((ctx) => note(ctx), { callsOut: true });
    const key = uuidv7();
    await post(key);
    await desk.sql.query('UPDATE "IdempotencyKey" SET status = NULL WHERE key = $1', [key]);
    expect(codeOf((await post(key)).text)).toBe("IDEMPOTENCY_KEY_BUSY");
    await desk.sql.query(`UPDATE "IdempotencyKey" SET "createdAt" = now() - interval '61 seconds' WHERE key = $1`, [
      key,
    ]);
    expect((await post(key)).status).toBe(200);
    expect(await notes()).toEqual(["test.ran", "test.ran"]);
  });

  it("leaves the key free after a fault of ours", async () => {
    let calls = 0;
    const post = await endpointOf(
      async () => {
        if (++calls === 1) throw new Error("broken");
        return { calls };
      },
      { callsOut: true },
    );
    const key = uuidv7();
    expect([(await post(key)).status, (await post(key)).text]).toEqual([500, '{"calls":2}']);
  });
});

it("the sweeper forgets what is older than 24 hours and nothing else", async () => {
  const { systemDb } = await import("@/lib/db");
  const { forgetIdempotencyKeys } = await import("@/lib/sweeper/queries");
  const post = await endpointOf((ctx) => note(ctx));
  const [old, young] = [uuidv7(), uuidv7()];
  await post(old);
  await post(young);
  await desk.sql.query(`UPDATE "IdempotencyKey" SET "createdAt" = now() - interval '25 hours' WHERE key = $1`, [old]);
  expect(await systemDb().$transaction(forgetIdempotencyKeys)).toBe(false);
  const left = await desk.rows<{ key: string }>('SELECT key FROM "IdempotencyKey" WHERE key = ANY($1)', [[old, young]]);
  expect(left).toEqual([{ key: young }]);
});
