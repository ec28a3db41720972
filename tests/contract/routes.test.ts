import { globSync } from "node:fs";
import path from "node:path";
import { v7 as uuidv7 } from "uuid";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { z } from "zod";
import { openDesk, type Desk } from "../db/deskRows";

const METHODS = ["GET", "POST", "PUT", "PATCH", "DELETE"] as const;
type Method = (typeof METHODS)[number];

interface Call {
  auth: "public" | "user" | "member" | "owner" | "admin";
  /** a query that is accepted; present: unknown parameters are refused */
  query?: string;
  /** a body that is accepted */
  body?: Record<string, unknown>;
  /** false: the route takes fields that it does not know */
  closedBody?: false;
  needsKey?: true;
  /** what a user without a business gets; for a collection also a business with nothing in it */
  empty?: [] | null;
}
interface Route extends Partial<Record<Method, Call>> {
  /** what the id in the address names */
  id?: "conversation" | "lead" | "outbound" | "business" | "alert" | "channel";
  /** other parameters of the address */
  params?: Record<string, unknown>;
  /** answers by other rules than the wrapper's */
  unwrapped?: Method[];
}

/** Every route there is. One that is missing here fails the test. */
const ROUTES: Record<string, Route> = {
  "/api/ping": { GET: { auth: "public" }, unwrapped: ["GET"] },
  "/api/health": { GET: { auth: "public" } },
  "/api/events": { GET: { auth: "member", query: "" } },
  "/api/session": { GET: { auth: "user" }, DELETE: { auth: "user", query: "" } },
  "/api/session/invite": { POST: { auth: "public", body: { code: "none" } } },
  "/api/demo/sign-in": { POST: { auth: "public" } },
  "/api/auth/[...nextauth]": {
    GET: { auth: "public" },
    POST: { auth: "public" },
    params: { nextauth: ["providers"] },
  },
  "/api/webhooks/whatsapp": { GET: { auth: "public" }, POST: { auth: "public" } },
  "/api/conversations": { GET: { auth: "member", query: "search=anna&limit=5", empty: [] } },
  "/api/conversations/[id]": { id: "conversation", GET: { auth: "member" } },
  "/api/conversations/[id]/messages": {
    id: "conversation",
    GET: { auth: "member", query: "limit=100" },
    POST: { auth: "member", body: { text: "Hello" }, needsKey: true },
  },
  "/api/conversations/[id]/takeover": { id: "conversation", POST: { auth: "member" } },
  "/api/conversations/[id]/hand-back": { id: "conversation", POST: { auth: "member" } },
  "/api/conversations/[id]/read": { id: "conversation", POST: { auth: "member" } },
  "/api/outbound/[id]/resend": { id: "outbound", POST: { auth: "member", needsKey: true } },
  "/api/outbound/[id]/leave": { id: "outbound", POST: { auth: "member" } },
  "/api/leads": { GET: { auth: "member", query: "", empty: [] } },
  "/api/leads/[id]": { id: "lead", GET: { auth: "member" } },
  "/api/business/me": { GET: { auth: "member", empty: null } },
  "/api/businesses/[id]": { id: "business", GET: { auth: "member" } },
  "/api/alerts": { GET: { auth: "member", query: "", empty: [] } },
  "/api/alerts/[id]/resolve": { id: "alert", POST: { auth: "owner" } },
  "/api/channels/[id]/resume": { id: "channel", POST: { auth: "owner" } },
  "/api/simulator": { GET: { auth: "owner", empty: null } },
  "/api/simulator/messages": {
    GET: { auth: "owner", query: "customer=4915112345678", empty: [] },
    POST: { auth: "owner", body: { customer: "4915112345678", text: "Hello" } },
  },
  "/api/simulator/graph/[version]/[phoneNumberId]/messages": {
    POST: { auth: "public", body: {}, closedBody: false },
    params: { version: "v23.0", phoneNumberId: "1" },
  },
  "/api/admin/health/ai": { GET: { auth: "admin" } },
  "/api/admin/deliveries": { GET: { auth: "admin", query: "status=STRANGE", empty: [] } },
  "/api/admin/alerts": { GET: { auth: "admin", query: "", empty: [] } },
  "/api/admin/conversations/[id]/debug": { id: "conversation", GET: { auth: "admin" } },
  "/api/admin/conversations/[id]/simulate-retry": { id: "conversation", POST: { auth: "admin" } },
};
const CATCH_ALL = "/api/[[...path]]";

type Handler = (request: Request, context: { params: Promise<Record<string, unknown>> }) => Promise<Response>;
type Module = Partial<Record<Method, Handler>>;

const files = globSync("src/app/api/**/route.ts").sort();
const addresses = files.map((file) => path.dirname(file).replace("src/app", "")).sort();
const modules = import.meta.glob<Module>("/src/app/api/**/route.ts");

const ErrorBody = z.strictObject({
  success: z.literal(false),
  error: z.strictObject({
    code: z.string().regex(/^[A-Z_]+$/),
    supportCode: z.string().regex(/^E[1-5]\d{3}$/),
    message: z.string().min(1),
    userMessage: z.string().min(1),
    details: z.array(z.strictObject({ field: z.string(), message: z.string().min(1) })).optional(),
    requestId: z.uuid(),
  }),
});

let desk: Desk;
let close: () => Promise<void>;
/** a Cookie header for each kind of caller */
let cookies: Record<"nobody" | "stranger" | "member" | "owner" | "admin", string>;
let foreign: Record<NonNullable<Route["id"]>, string>;

beforeAll(async () => {
  ({ desk, close } = await openDesk());
  const mine = await desk.shop("Mine");
  const memberId = await desk.user();
  await desk.insert("Member", { businessId: mine.businessId, userId: memberId, role: "MEMBER" });
  cookies = {
    nobody: "",
    stranger: await desk.signIn(await desk.user()),
    member: await desk.signIn(memberId),
    owner: await desk.signIn(mine.ownerId, mine.businessId),
    admin: await desk.signIn(await desk.user({ isAdmin: true })),
  };
  const other = await desk.shop("Other");
  const conversation = await desk.conversation(other);
  foreign = {
    business: other.businessId,
    conversation,
    channel: other.channelId,
    alert: await desk.insert("Alert", {
      businessId: other.businessId,
      kind: "provider_notice",
      subject: "account_update",
      message: "A notice",
      resolvedAt: new Date(),
    }),
    outbound: await desk.outbound(other, conversation),
    lead: await desk.lead(other, await desk.contact(other, "Otto")),
  };
});
afterAll(async () => {
  const { closeStreams } = await import("@/lib/events/stream");
  await closeStreams();
  const { stopSender } = await import("@/lib/queue/queue");
  await stopSender();
  await close();
});

interface Sent {
  as?: keyof typeof cookies;
  id?: string;
  query?: string;
  body?: string;
  headers?: Record<string, string>;
}

async function send(address: string, method: Method, { as = "nobody", id, query, body, headers }: Sent = {}) {
  const { params } = ROUTES[address] ?? {};
  const handler = (await modules[`/src/app${address}/route.ts`]?.())?.[method];
  if (!handler) throw new Error(`${address} does not answer ${method}`);
  const url = new URL(address.replace("[id]", encodeURIComponent(id ?? "")), "http://localhost");
  url.search = query ?? "";
  const request = new Request(url, {
    method,
    headers: { host: "localhost", ...(cookies[as] && { cookie: cookies[as] }), ...headers },
    ...(body !== undefined && { body }),
  });
  return handler(request, { params: Promise.resolve({ ...params, ...(id !== undefined && { id }) }) });
}

/** A call with everything right about it but what a test changes. */
function sound({ auth, query, body, needsKey }: Call, more: Sent = {}): Sent {
  return {
    as: auth === "public" ? "nobody" : auth === "admin" ? "admin" : "owner",
    id: uuidv7(),
    query: query ?? "",
    ...(body && { body: JSON.stringify(body) }),
    ...more,
    headers: {
      ...(body && { "content-type": "application/json" }),
      ...(needsKey && { "idempotency-key": uuidv7() }),
      ...more.headers,
    },
  };
}

async function errorOf(response: Response): Promise<z.infer<typeof ErrorBody>["error"]> {
  const { error } = ErrorBody.parse(await response.json());
  expect(response.headers.get("x-request-id")).toBe(error.requestId);
  expect(response.headers.get("cache-control")).toContain("no-store");
  expect(response.headers.get("content-type")).toMatch(/^application\/json/);
  return error;
}

/** The calls that fit, with a name for the test. */
function calls(fits: (call: Call, route: Route) => boolean): [string, Method, Call, Route][] {
  return Object.entries(ROUTES).flatMap(([address, route]) =>
    METHODS.flatMap((method): [string, Method, Call, Route][] => {
      const call = route[method];
      return call && !route.unwrapped?.includes(method) && fits(call, route) ? [[address, method, call, route]] : [];
    }),
  );
}

it("every route under /api is in the table, and no other", () => {
  expect(addresses.filter((address) => address !== CATCH_ALL)).toEqual(Object.keys(ROUTES).sort());
  expect(addresses).toContain(CATCH_ALL);
});

describe("a method that an address does not take", () => {
  const wrong = Object.entries(ROUTES).flatMap(([address, route]) =>
    METHODS.filter((method) => !route[method]).map((method): [string, Method] => [address, method]),
  );
  it.each(wrong)("%s %s is 405 with the ones it takes", async (address, method) => {
    const response = await send(address, method, { id: uuidv7() });
    expect(response.status).toBe(405);
    expect((await errorOf(response)).code).toBe("METHOD_NOT_ALLOWED");
    const taken = METHODS.filter((name) => ROUTES[address]?.[name]);
    expect(response.headers.get("allow")?.split(", ").sort()).toEqual(taken.sort());
  });
});

describe("an address that no route has", () => {
  it.each(METHODS)("is 404 to %s", async (method) => {
    const response = await send(CATCH_ALL, method, { as: "owner" });
    expect(response.status).toBe(404);
    expect((await errorOf(response)).code).toBe("NOT_FOUND");
  });
});

describe("who may call", () => {
  it.each(calls(({ auth }) => auth !== "public"))("%s %s is 401 to nobody", async (address, method, call) => {
    for (const cookie of ["", "next-auth.session-token=made-up"]) {
      const response = await send(address, method, sound(call, { as: "nobody", headers: { cookie } }));
      expect(response.status).toBe(401);
      expect((await errorOf(response)).code).toBe("UNAUTHENTICATED");
    }
  });

  it.each(calls(({ auth }) => auth === "admin"))("%s %s is 403 to an owner", async (address, method, call) => {
    const response = await send(address, method, sound(call, { as: "owner" }));
    expect(response.status).toBe(403);
    expect((await errorOf(response)).code).toBe("FORBIDDEN");
  });

  it.each(calls(({ auth }) => auth === "owner"))("%s %s is 403 to a member", async (address, method, call) => {
    const response = await send(address, method, sound(call, { as: "member" }));
    expect(response.status).toBe(403);
    expect((await errorOf(response)).code).toBe("FORBIDDEN");
  });

  it.each(calls(({ auth }, _) => auth !== "public").filter(([, method]) => method !== "GET"))(
    "%s %s is 403 from another site",
    async (address, method, call) => {
      const response = await send(address, method, sound(call, { headers: { origin: "https://evil.example" } }));
      expect(response.status).toBe(403);
      expect((await errorOf(response)).code).toBe("FOREIGN_ORIGIN");
    },
  );
});

describe("an id", () => {
  it.each(calls((_, { id }) => id !== undefined))(
    "%s %s gives one answer, whether it is another's, unknown or none at all",
    async (address, method, call, { id }) => {
      const theirs = id && call.auth !== "admin" ? [foreign[id], foreign[id].toUpperCase()] : [];
      const bodies: unknown[] = [];
      for (const asked of [uuidv7(), "1", "not-a-uuid", "' OR 1=1", "\0", ...theirs]) {
        const response = await send(address, method, sound(call, { id: asked }));
        expect([asked, response.status]).toEqual([asked, 404]);
        bodies.push({ ...(await errorOf(response)), requestId: undefined });
      }
      expect(new Set(bodies.map((body) => JSON.stringify(body))).size).toBe(1);
    },
  );
});

describe("nothing there yet", () => {
  it.each(calls(({ auth, empty }) => empty !== undefined && auth !== "admin"))(
    "%s %s is 200 to a user without a business",
    async (address, method, call) => {
      const response = await send(address, method, sound(call, { as: "stranger" }));
      expect(response.status).toBe(200);
      expect(await response.json()).toEqual(call.empty);
    },
  );

  it.each(calls(({ empty }) => Array.isArray(empty)))("%s %s is 200 and empty", async (address, method, call) => {
    const response = await send(address, method, sound(call));
    expect(response.status).toBe(200);
    expect(await response.json()).toEqual([]);
    expect(response.headers.get("link")).toBeNull();
    expect(response.headers.get("cache-control")).toBe("no-store");
  });
});

describe("input", () => {
  it.each(calls(({ query }) => query !== undefined))(
    "%s %s refuses an unknown parameter",
    async (address, method, call) => {
      const response = await send(address, method, sound(call, { query: `${call.query}&nonsense=1` }));
      expect(response.status).toBe(400);
      expect((await errorOf(response)).details).toEqual([{ field: "nonsense", message: "Unknown field" }]);
    },
  );

  it.each(calls(({ empty, query }) => Array.isArray(empty) && query !== undefined && !query.includes("customer")))(
    "%s %s refuses a limit or a cursor that is none",
    async (address, method, call) => {
      for (const query of ["limit=0", "limit=101", "limit=x", "cursor=x", "cursor=W10", "cursor="]) {
        const response = await send(address, method, sound(call, { query }));
        expect([query, response.status]).toEqual([query, 400]);
        const { code, details } = await errorOf(response);
        expect([code, details?.map(({ field }) => field)]).toEqual(["VALIDATION_ERROR", [query.split("=")[0]]]);
      }
    },
  );

  it.each(calls(({ body, closedBody }) => body !== undefined && closedBody !== false))(
    "%s %s refuses an unknown field",
    async (address, method, call) => {
      const body = JSON.stringify({ ...call.body, nonsense: 1 });
      const response = await send(address, method, sound(call, { body }));
      expect(response.status).toBe(400);
      const { code, details } = await errorOf(response);
      expect([code, details]).toEqual(["VALIDATION_ERROR", [{ field: "nonsense", message: "Unknown field" }]]);
    },
  );

  it.each(calls(({ body }) => body !== undefined))(
    "%s %s refuses what is not JSON, and another media type",
    async (address, method, call) => {
      const malformed = await send(address, method, sound(call, { body: '{"text":' }));
      expect([malformed.status, (await errorOf(malformed)).code]).toEqual([400, "MALFORMED_JSON"]);
      for (const type of ["text/plain", "application/x-www-form-urlencoded", "application/jsonp"]) {
        const response = await send(address, method, sound(call, { headers: { "content-type": type } }));
        expect([response.status, (await errorOf(response)).code]).toEqual([415, "UNSUPPORTED_MEDIA_TYPE"]);
      }
    },
  );

  it.each(calls(({ body }) => body !== undefined))(
    "%s %s refuses a body of megabytes",
    async (address, method, call) => {
      const body = JSON.stringify({ ...call.body, filling: "x".repeat(1024 * 1024) });
      const response = await send(address, method, sound(call, { body }));
      expect([response.status, (await errorOf(response)).code]).toEqual([413, "BODY_TOO_LARGE"]);
    },
  );

  it.each(calls(({ needsKey }) => needsKey === true))(
    "%s %s needs an idempotency key",
    async (address, method, call) => {
      for (const key of ["", "two words", "x".repeat(256)]) {
        const response = await send(address, method, sound(call, { headers: { "idempotency-key": key } }));
        expect([response.status, (await errorOf(response)).code]).toEqual([400, "IDEMPOTENCY_KEY_NEEDED"]);
      }
    },
  );
});

describe("the request id", () => {
  it("is the caller's own where that is a UUID, and a new one where it is not", async () => {
    const own = uuidv7();
    for (const [given, kept] of [
      [own, true],
      ["my-request", false],
    ] as const) {
      for (const as of ["owner", "nobody"] as const) {
        const response = await send("/api/business/me", "GET", { as, headers: { "x-request-id": given } });
        const answered = response.headers.get("x-request-id");
        expect(z.uuid().safeParse(answered).success).toBe(true);
        expect(answered === given).toBe(kept);
      }
    }
  });
});

describe("monitors", () => {
  it("ping says ok and nothing else", async () => {
    const response = await send("/api/ping", "GET");
    expect([response.status, await response.text()]).toEqual([200, '{"status":"ok"}']);
    expect([...response.headers.keys()]).toEqual(["content-type"]);
  });

  it("health has a line for each part, and no address or name of anything", async () => {
    const response = await send("/api/health", "GET");
    expect(response.status).toBe(200);
    const part = z.strictObject({ status: z.literal("ok"), latencyMs: z.int() });
    const parts = z.strictObject({
      database: part,
      queue: part.extend({ oldestWaitingSeconds: z.literal(0) }),
      whatsapp: part,
    });
    z.strictObject({ status: z.literal("ok"), parts, at: z.iso.datetime() }).parse(await response.json());
  });
});

describe("the event stream", () => {
  it("opens for a member and says under which id it began", async () => {
    const response = await send("/api/events", "GET", { as: "member" });
    expect(response.status).toBe(200);
    expect(response.headers.get("content-type")).toMatch(/^text\/event-stream/);
    expect(response.headers.get("cache-control")).toContain("no-store");
    expect(z.uuid().safeParse(response.headers.get("x-request-id")).success).toBe(true);
    const reader = response.body?.pipeThrough(new TextDecoderStream()).getReader();
    let text = "";
    while (!text.includes("event: ready")) text += (await reader?.read())?.value ?? "event: ready missing";
    expect(text).toMatch(/\nid: \d+-0\nevent: ready\n/);
    await reader?.cancel();
  });

  it("refuses an `after` that is no event's id", async () => {
    const response = await send("/api/events", "GET", { as: "member", query: "after=yesterday" });
    expect([response.status, (await errorOf(response)).details?.[0]?.field]).toEqual([400, "after"]);
  });
});

describe("the rows of one's own", () => {
  it("are given as they are, with a link to the next page of a collection", async () => {
    const shop = await desk.shop("Own");
    const cookie = await desk.signIn(shop.ownerId);
    for (let n = 0; n < 3; n++) await desk.conversation(shop);
    const headers = { cookie };
    const first = await send("/api/conversations", "GET", { query: "limit=2", headers });
    expect(await first.json()).toHaveLength(2);
    const next = /^<\/api\/conversations\?(limit=2&cursor=[\w-]+)>; rel="next"$/.exec(first.headers.get("link") ?? "");
    const last = await send("/api/conversations", "GET", { query: next?.[1] ?? "", headers });
    const [conversation] = z.tuple([z.object({ id: z.uuid() })]).parse(await last.json());
    expect(last.headers.get("link")).toBeNull();
    const { id } = conversation;
    for (const action of ["takeover", "hand-back", "read"]) {
      const response = await send(`/api/conversations/[id]/${action}`, "POST", { id, headers });
      expect([response.status, await response.json()]).toMatchObject([200, { id }]);
    }
    const business = await send("/api/businesses/[id]", "GET", { id: shop.businessId, headers });
    expect(await business.json()).toMatchObject({ id: shop.businessId, name: "Own", hours: {} });
  });
});
