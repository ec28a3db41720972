import { afterAll, beforeAll, beforeEach, describe, expect, it } from "vitest";
import { openDesk, type Desk } from "./deskRows";

const LIMITS = { user: 20, anonymous: 15, auth: 5 };

let desk: Desk;
let close: () => Promise<void>;

beforeAll(async () => {
  ({ desk, close } = await openDesk());
  Object.assign(process.env, {
    RATE_LIMIT_USER: String(LIMITS.user),
    RATE_LIMIT_ANONYMOUS: String(LIMITS.anonymous),
    RATE_LIMIT_AUTH: String(LIMITS.auth),
  });
});
afterAll(() => close());

// What a process remembers of who is over their limit is part of what is tested; between tests it starts anew.
beforeEach(async () => {
  delete (globalThis as { frontdeskLimiters?: unknown }).frontdeskLimiters;
  await desk.sql.query('TRUNCATE "RateLimit"');
});

async function ask(
  cookie = "",
  limit: "auth" | "webhook" | "none" | undefined = undefined,
  auth: "user" | "public" = "user",
) {
  const { route } = await import("@/lib/http/route");
  const get = route({ auth, ...(limit && { limit }), handle: () => ({ ok: true }) });
  const request = new Request("http://localhost/api/test", { headers: cookie ? { cookie } : {} });
  return get(request, { params: Promise.resolve({}) });
}

const times = <T>(n: number, work: () => Promise<T>) => Promise.all(Array.from({ length: n }, work));

const countOf = (answers: Response[], status: number) => answers.filter((answer) => answer.status === status).length;

const signIn = async () => desk.signIn(await desk.user());

async function counted(): Promise<{ key: string; points: number }[]> {
  return desk.rows('SELECT key, points FROM "RateLimit" ORDER BY key');
}

describe("a user", () => {
  it("is let through exactly as often as the limit says, when all ask at once", async () => {
    const cookie = await signIn();
    const answers = await times(60, () => ask(cookie));
    expect([countOf(answers, 200), countOf(answers, 429)]).toEqual([LIMITS.user, 40]);
  });

  it("is counted by themselves, whatever browser they use, and not with others of the same address", async () => {
    const userId = await desk.user();
    const [one, two] = [await desk.signIn(userId), await desk.signIn(userId)];
    await times(LIMITS.user / 2, () => ask(one));
    await times(LIMITS.user / 2, () => ask(two));
    expect((await ask(two)).status).toBe(429);
    expect((await ask(await signIn())).status).toBe(200);
  });

  it("reads in each answer where they stand, and in the refusal when to come back", async () => {
    const cookie = await signIn();
    for (let left = LIMITS.user - 1; left >= 0; left--) {
      const { headers } = await ask(cookie);
      expect([headers.get("ratelimit-limit"), headers.get("ratelimit-remaining")]).toEqual(["20", String(left)]);
      expect(Number(headers.get("ratelimit-reset"))).toBeGreaterThan(0);
    }
    const refused = await ask(cookie);
    expect(await refused.json()).toMatchObject({
      success: false,
      error: { code: "RATE_LIMITED", supportCode: "E1011", userMessage: "Wait a minute and try again" },
    });
    expect(refused.headers.get("ratelimit-remaining")).toBe("0");
    expect(refused.headers.get("retry-after")).toBe(refused.headers.get("ratelimit-reset"));
    const seconds = Number(refused.headers.get("retry-after"));
    expect(seconds > 0 && seconds <= 60).toBe(true);
  });

  it("asks the database no more once the window's points are spent", async () => {
    const cookie = await signIn();
    await times(LIMITS.user, () => ask(cookie));
    await times(10, () => ask(cookie));
    expect((await counted()).map(({ points }) => points)).toEqual([LIMITS.user]);
  });

  it("begins anew when the window has ended", async () => {
    const cookie = await signIn();
    await times(LIMITS.user - 1, () => ask(cookie));
    await desk.sql.query(`UPDATE "RateLimit" SET expire = (extract(epoch FROM now()) * 1000)::bigint - 1`);
    expect((await ask(cookie)).headers.get("ratelimit-remaining")).toBe(String(LIMITS.user - 1));
  });
});

describe("a stranger", () => {
  it("is counted by address, also where they are refused for not being signed in", async () => {
    const answers = await times(LIMITS.anonymous + 10, () => ask("next-auth.session-token=made-up"));
    expect([countOf(answers, 401), countOf(answers, 429)]).toEqual([LIMITS.anonymous, 10]);
  });

  it("at sign-in has a limit of its own", async () => {
    const answers = await times(LIMITS.auth + 3, () => ask("", "auth", "public"));
    expect([countOf(answers, 200), countOf(answers, 429)]).toEqual([LIMITS.auth, 3]);
    expect((await ask("", undefined, "public")).status).toBe(200);
  });
});

it("what is not limited, and what a provider sends, costs the database nothing", async () => {
  const health = await times(30, () => ask("", "none", "public"));
  const webhooks = await times(30, () => ask("", "webhook", "public"));
  expect(countOf([...health, ...webhooks], 200)).toBe(60);
  expect(health[0]?.headers.get("ratelimit-limit")).toBeNull();
  expect(await counted()).toEqual([]);
});

describe("a limiter that is away", () => {
  it("lets requests pass and raises an alert for the platform", async () => {
    const cookie = await signIn();
    await desk.sql.query('ALTER TABLE "RateLimit" RENAME TO "Elsewhere"');
    try {
      const answers = await times(LIMITS.user + 5, () => ask(cookie));
      expect(countOf(answers, 200)).toBe(LIMITS.user + 5);
      expect(answers[0]?.headers.get("ratelimit-limit")).toBeNull();
    } finally {
      await desk.sql.query('ALTER TABLE "Elsewhere" RENAME TO "RateLimit"');
    }
    const alerts = () => desk.rows(`SELECT "businessId", count FROM "Alert" WHERE kind = 'limiter_away'`);
    await expect.poll(alerts).toEqual([{ businessId: null, count: 1 }]);
    expect((await ask(cookie)).headers.get("ratelimit-remaining")).toBe(String(LIMITS.user - 1));
  });
});
