import { randomUUID } from "node:crypto";
import pg from "pg";
import { afterAll, beforeAll, beforeEach, describe, expect, it } from "vitest";
import { hashInviteCode } from "@/lib/auth/invites";
import { hashToken } from "@/lib/auth/session";
import { Browser } from "../fixtures/browser";
import { startOidcProvider, type OidcAccount, type OidcProvider } from "../fixtures/oidcProvider";
import { startApp } from "./app";

type App = Awaited<ReturnType<typeof startApp>>;

const PUBLIC = "https://frontdesk.example";
const DEMO = "demo@frontdesk.example";
const COOKIE = "next-auth.session-token";
const POST = { method: "POST", headers: { "content-type": "application/json" } };

let oidc: OidcProvider;
let app: App;
let db: pg.Client;

beforeAll(async () => {
  oidc = await startOidcProvider();
  app = await startApp({ ...oidcEnvironment(), FRONTDESK_DEMO: "0", ADMIN_EMAILS: "boss@example.org" });
  db = await connect(app);
});

afterAll(async () => {
  await db?.end();
  await app?.stop();
  await oidc?.stop();
});

beforeEach(async () => {
  await db.query('DELETE FROM "User"; DELETE FROM "Invite"');
});

function oidcEnvironment(): Record<string, string> {
  return { OIDC_ISSUER: oidc.issuer, OIDC_CLIENT_ID: oidc.clientId, OIDC_CLIENT_SECRET: oidc.clientSecret };
}

async function connect({ databaseUrl }: App): Promise<pg.Client> {
  const client = new pg.Client({ connectionString: databaseUrl });
  await client.connect();
  return client;
}

function account(email: string, verified = true): OidcAccount {
  return { sub: randomUUID(), email, email_verified: verified, name: "Ada" };
}

async function invite(email: string | null, expires = "1 day", on = db): Promise<string> {
  const code = randomUUID();
  await on.query(
    `INSERT INTO "Invite" (id, "codeHash", email, "expiresAt") VALUES ($1, $2, $3, now() + $4::interval)`,
    [randomUUID(), hashInviteCode(code), email, expires],
  );
  return code;
}

/** Presses "Sign in" in a browser and goes wherever that leads; the page it ends at. */
async function signIn(browser: Browser, callbackUrl = "/inbox"): Promise<string> {
  const { csrfToken } = (await (await browser.request("/api/auth/csrf")).json()) as { csrfToken: string };
  return browser.submit("/api/auth/signin/oidc", { csrfToken, callbackUrl });
}

async function signedIn(who: OidcAccount): Promise<Browser> {
  oidc.signInAs(who);
  const browser = new Browser(app);
  expect(await signIn(browser)).toBe("/inbox");
  return browser;
}

async function session(browser: Browser): Promise<{ status: number; body: Record<string, unknown> }> {
  const response = await browser.request("/api/session");
  return { status: response.status, body: (await response.json()) as Record<string, unknown> };
}

async function expectSignedOut(browser: Browser): Promise<void> {
  expect(await session(browser)).toMatchObject({
    status: 401,
    body: { success: false, error: { code: "UNAUTHENTICATED", supportCode: "E1001" } },
  });
}

async function count(table: string): Promise<number> {
  const { rows } = await db.query<{ count: number }>(`SELECT count(*)::int FROM "${table}"`);
  return rows[0]?.count ?? NaN;
}

function errorOf(page: string): string | null {
  const { pathname, searchParams } = new URL(page, PUBLIC);
  expect(pathname).toBe("/sign-in");
  return searchParams.get("error");
}

describe("who is refused", () => {
  it("a stranger without an invite: no user, no session, a page that says why", async () => {
    oidc.signInAs(account("stranger@example.org"));
    const browser = new Browser(app);
    expect(errorOf(await signIn(browser))).toBe("InviteNeeded");
    await expectSignedOut(browser);
    expect(await count("User")).toBe(0);
  });

  it("somebody whose address the provider has not verified, invited or known", async () => {
    await invite("ada@example.org");
    await db.query(`INSERT INTO "User" (id, email) VALUES ($1, 'grace@example.org')`, [randomUUID()]);
    for (const email of ["ada@example.org", "grace@example.org"]) {
      oidc.signInAs(account(email, false));
      const browser = new Browser(app);
      expect(errorOf(await signIn(browser))).toBe("EmailNotVerified");
      await expectSignedOut(browser);
    }
    expect(await count("Account")).toBe(0);
  });

  it("somebody whose invite has expired, or who has somebody else's", async () => {
    await invite("ada@example.org", "-1 second");
    await invite("grace@example.org");
    oidc.signInAs(account("ada@example.org"));
    expect(errorOf(await signIn(new Browser(app)))).toBe("InviteNeeded");
  });

  it("somebody who presses Cancel at the provider", async () => {
    oidc.signInAs(null);
    const browser = new Browser(app);
    expect(errorOf(await signIn(browser))).toBeTruthy();
    await expectSignedOut(browser);
  });

  it("a callback that this browser did not ask for", async () => {
    await invite("ada@example.org");
    oidc.signInAs(account("ada@example.org"));
    const victim = new Browser(app);
    const answer = await victim.request("/api/auth/callback/oidc?code=stolen&state=forged");
    expect(answer.status).toBe(302);
    expect(answer.headers.get("location")).toContain("error=OAuthCallback");
    await expectSignedOut(victim);
  });

  it("a sign-in form posted from elsewhere, without this browser's token", async () => {
    const browser = new Browser(app);
    const body = new URLSearchParams({ csrfToken: "forged", callbackUrl: "/inbox" });
    const answer = await browser.request("/api/auth/signin/oidc", { method: "POST", body });
    expect(new URL(answer.headers.get("location") ?? "", app.baseUrl).origin).toBe(app.baseUrl);
    expect(browser.cookie("next-auth.state")).toBeUndefined();
    const foreign = { method: "POST", body, headers: { origin: "https://evil.example" } };
    expect((await browser.request("/api/auth/signin/oidc", foreign)).status).toBe(403);
  });

  it("a code that is unknown, used or expired, with the field named", async () => {
    const expired = await invite(null, "-1 second");
    for (const body of [{ code: "nonsense" }, { code: expired }, { code: "" }, {}, { code: "x", extra: 1 }]) {
      const answer = await new Browser(app).request("/api/session/invite", { ...POST, body: JSON.stringify(body) });
      expect(answer.status).toBe(400);
      const { error } = (await answer.json()) as { error: { code: string; details: { field: string }[] } };
      expect(error).toMatchObject({ code: "VALIDATION_ERROR" });
      expect(error.details[0]?.field).toBe("extra" in body ? "extra" : "code");
    }
  });

  it("a token that is absent, forged, tampered with or expired", async () => {
    await invite("ada@example.org");
    const browser = await signedIn(account("ada@example.org"));
    const token = browser.cookie(COOKIE) ?? "";
    const forged = ["", "forged", hashToken(token), `${token}A`, token.slice(1), "%00", "' OR true --"];
    for (const value of forged) {
      browser.setCookie(COOKIE, value);
      await expectSignedOut(browser);
    }
    browser.setCookie(COOKIE, token);
    expect((await session(browser)).status).toBe(200);
    await db.query(`UPDATE "Session" SET expires = now() - interval '1 second'`);
    await expectSignedOut(browser);
  });

  it("whoever wants next-auth's other actions, in the contract's words", async () => {
    for (const path of ["/api/auth/session", "/api/auth/signout", "/api/auth/_log", "/api/auth/nonsense"]) {
      const answer = await fetch(app.baseUrl + path);
      expect(answer.status).toBe(404);
      expect(await answer.json()).toMatchObject({ success: false, error: { code: "NOT_FOUND", supportCode: "E2006" } });
    }
    expect((await fetch(`${app.baseUrl}/api/auth/csrf`, { method: "DELETE" })).status).toBe(405);
  });

  it("the demo's visitors, outside the demo", async () => {
    const browser = new Browser(app);
    const answer = await browser.request("/api/demo/sign-in", { method: "POST" });
    expect(answer.status).toBe(404);
    expect(browser.setCookies).toEqual([]);
  });
});

describe("where a sign-in leads", () => {
  const foreign = [
    "https://evil.example/",
    "//evil.example",
    "/\\evil.example",
    "https://evil.example@x",
    "javascript:alert(1)",
  ];

  it.each(foreign)("never to %s", async (target) => {
    await invite("ada@example.org");
    oidc.signInAs(account("ada@example.org"));
    expect(await signIn(new Browser(app), target)).toBe("/inbox");
  });

  it.each(foreign)("never to %s from the query", async (target) => {
    const answer = await fetch(`${app.baseUrl}/api/auth/signin?callbackUrl=${encodeURIComponent(target)}`);
    expect(answer.status).toBe(400);
  });

  it("to the page of ours that was asked for", async () => {
    await invite("ada@example.org");
    oidc.signInAs(account("ada@example.org"));
    expect(await signIn(new Browser(app), `${app.baseUrl}/leads?stage=NEW`)).toBe("/leads?stage=NEW");
  });
});

describe("an invited person", () => {
  it("signs in; the provider is asked with PKCE, state and nonce", async () => {
    await invite("ada@example.org");
    oidc.signInAs(account("Ada@Example.org"));
    const browser = new Browser(app);
    const { csrfToken } = (await (await browser.request("/api/auth/csrf")).json()) as { csrfToken: string };
    const body = new URLSearchParams({ csrfToken, callbackUrl: "/inbox" });
    const answer = await browser.request("/api/auth/signin/oidc", { method: "POST", body });
    const asked = Object.fromEntries(new URL(answer.headers.get("location") ?? "").searchParams);
    expect(asked).toMatchObject({
      code_challenge_method: "S256",
      redirect_uri: `${app.baseUrl}/api/auth/callback/oidc`,
    });
    for (const check of ["code_challenge", "state", "nonce"]) expect(asked[check]?.length).toBeGreaterThan(30);

    expect(await signIn(browser)).toBe("/inbox");
    expect(await session(browser)).toEqual({
      status: 200,
      body: {
        userId: expect.any(String) as string,
        email: "ada@example.org",
        name: "Ada",
        isAdmin: false,
        businessId: null,
        role: null,
      },
    });
  });

  it("gets cookies that scripts and other sites cannot use, and leaves no token in the database", async () => {
    await invite("ada@example.org");
    const browser = await signedIn(account("ada@example.org"));
    expect(browser.setCookies.some((header) => header.startsWith(`${COOKIE}=`))).toBe(true);
    for (const header of browser.setCookies) expect(header).toMatch(/^next-auth\.(?=.*; HttpOnly)(?=.*; SameSite=Lax)/);
    const { rows } = await db.query(`SELECT s.*, a.* FROM "Session" s JOIN "Account" a USING ("userId")`);
    expect(rows).toHaveLength(1);
    expect(JSON.stringify(rows)).toContain(hashToken(browser.cookie(COOKIE) ?? ""));
    expect(JSON.stringify(rows)).not.toContain(browser.cookie(COOKIE));
  });

  it("may be invited by a code instead of an address, once", async () => {
    const code = await invite(null);
    for (const expected of [null, "InviteNeeded"]) {
      oidc.signInAs(account(`${randomUUID()}@example.org`));
      const browser = new Browser(app);
      const given = await browser.request("/api/session/invite", { ...POST, body: JSON.stringify({ code }) });
      expect(given.status).toBe(expected ? 400 : 200);
      if (expected) browser.setCookie("frontdesk.invite", code);
      const page = await signIn(browser);
      if (expected) expect(errorOf(page)).toBe(expected);
      else expect(page).toBe("/inbox");
    }
    expect(await count("User")).toBe(1);
  });

  it("is told whom a code is for; the cookie that carries it is closed to scripts and short-lived", async () => {
    const code = await invite("ada@example.org");
    const browser = new Browser(app);
    const answer = await browser.request("/api/session/invite", { ...POST, body: JSON.stringify({ code }) });
    expect(await answer.json()).toEqual({ email: "ada@example.org" });
    expect(browser.setCookies).toEqual([
      `frontdesk.invite=${code.replaceAll("-", "")}; Path=/api/auth; Max-Age=3600; HttpOnly; SameSite=Lax`,
    ]);
  });

  it("keeps the one account at a second sign-in, with a new session in place of the old", async () => {
    await invite("ada@example.org");
    const browser = await signedIn(account("ada@example.org"));
    const [first, { body: before }] = [browser.cookie(COOKIE), await session(browser)];
    expect(await signIn(browser)).toBe("/inbox");
    expect(browser.cookie(COOKIE)).not.toBe(first);
    expect((await session(browser)).body).toEqual(before);
    expect([await count("User"), await count("Account"), await count("Session")]).toEqual([1, 1, 1]);
  });

  it("reaches the same user from another identity with the same verified address", async () => {
    await invite("ada@example.org");
    const first = await session(await signedIn(account("ada@example.org")));
    const second = await session(await signedIn(account("ada@example.org")));
    expect(second).toEqual(first);
    expect([await count("User"), await count("Account")]).toEqual([1, 2]);
  });

  it("can change to another account in the same browser", async () => {
    await invite("ada@example.org");
    await invite("grace@example.org");
    const browser = await signedIn(account("ada@example.org"));
    browser.forget(oidc.issuer);
    oidc.signInAs(account("grace@example.org"));
    expect(await signIn(browser)).toBe("/inbox");
    expect((await session(browser)).body).toMatchObject({ email: "grace@example.org" });
    expect([await count("Account"), await count("Session")]).toEqual([2, 1]);
  });

  it("needs no invite where ADMIN_EMAILS names the address, and is an admin", async () => {
    const browser = await signedIn(account("boss@example.org"));
    expect((await session(browser)).body).toMatchObject({ isAdmin: true });
  });
});

describe("the way out", () => {
  it("ends this session and no other, at once", async () => {
    await invite("ada@example.org");
    const ada = account("ada@example.org");
    const [here, elsewhere] = [await signedIn(ada), await signedIn(ada)];
    const token = here.cookie(COOKIE) ?? "";
    const foreign = { method: "DELETE", headers: { origin: "https://evil.example" } };
    expect((await here.request("/api/session", foreign)).status).toBe(403);
    expect((await here.request("/api/session?everywhere=yes", { method: "DELETE" })).status).toBe(400);
    expect((await here.request("/api/session", { method: "DELETE" })).status).toBe(204);
    expect(here.cookie(COOKIE)).toBeUndefined();
    here.setCookie(COOKIE, token);
    await expectSignedOut(here);
    expect((await session(elsewhere)).status).toBe(200);
  });

  it("ends all of the user's sessions, and nobody else's, when everywhere is asked for", async () => {
    await invite("ada@example.org");
    await invite("grace@example.org");
    const ada = account("ada@example.org");
    const [here, elsewhere, other] = [
      await signedIn(ada),
      await signedIn(ada),
      await signedIn(account("grace@example.org")),
    ];
    expect((await here.request("/api/session?everywhere=1", { method: "DELETE" })).status).toBe(204);
    await expectSignedOut(elsewhere);
    expect((await session(other)).status).toBe(200);
  });

  it("is also the loss of the row", async () => {
    await invite("ada@example.org");
    const browser = await signedIn(account("ada@example.org"));
    await db.query('DELETE FROM "Session"');
    await expectSignedOut(browser);
  });
});

describe("on https, and in the demo", () => {
  let secure: App;
  let secureDb: pg.Client;

  beforeAll(async () => {
    secure = await startApp({ ...oidcEnvironment(), APP_URL: PUBLIC, FRONTDESK_DEMO: "1" });
    secureDb = await connect(secure);
    await secureDb.query(
      `INSERT INTO "User" (id, email, "isAdmin") VALUES ($1, $2, true) ON CONFLICT (email) DO NOTHING`,
      [randomUUID(), DEMO],
    );
  });

  afterAll(async () => {
    await secureDb?.end();
    await secure?.stop();
  });

  it("sets every cookie Secure, and the session's with its prefix", async () => {
    await invite("ada@example.org", "1 day", secureDb);
    oidc.signInAs(account("ada@example.org"));
    const browser = new Browser(secure, PUBLIC);
    expect(await signIn(browser)).toBe("/inbox");
    expect(browser.cookie(`__Secure-${COOKIE}`)).toHaveLength(43);
    expect(browser.cookie(COOKIE)).toBeUndefined();
    for (const header of browser.setCookies)
      expect(header).toMatch(/^__(Secure|Host)-next-auth\.(?=.*; HttpOnly)(?=.*; Secure)(?=.*; SameSite=Lax)/);
    expect(await session(browser)).toMatchObject({ status: 200, body: { email: "ada@example.org" } });
  });

  it("takes no session from a cookie without the prefix", async () => {
    const browser = new Browser(secure, PUBLIC);
    await browser.request("/api/demo/sign-in", { method: "POST" });
    const token = browser.cookie(`__Secure-${COOKIE}`) ?? "";
    const stray = new Browser(secure, PUBLIC);
    stray.setCookie(COOKIE, token);
    await expectSignedOut(stray);
  });

  it("refuses the demo sign-in to another site", async () => {
    const browser = new Browser(secure, PUBLIC);
    const foreign = { method: "POST", headers: { origin: "https://evil.example" } };
    expect((await browser.request("/api/demo/sign-in", foreign)).status).toBe(403);
    expect(browser.setCookies).toEqual([]);
  });

  it("makes a real, revocable session of the demo user", async () => {
    const browser = new Browser(secure, PUBLIC);
    const answer = await browser.request("/api/demo/sign-in", { method: "POST" });
    expect([answer.status, await answer.json()]).toEqual([200, { redirectTo: "/inbox" }]);
    expect(browser.setCookies).toEqual([
      expect.stringMatching(/^__Secure-.+; Path=\/; Max-Age=\d+; HttpOnly; SameSite=Lax; Secure$/),
    ]);
    expect(await session(browser)).toMatchObject({ status: 200, body: { email: DEMO, isAdmin: true } });
    await secureDb.query('DELETE FROM "Session"');
    await expectSignedOut(browser);
  });
});
