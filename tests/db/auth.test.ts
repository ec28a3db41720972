import { randomBytes } from "node:crypto";
import { afterAll, beforeAll, beforeEach, describe, expect, it } from "vitest";
import { sessionAdapter } from "@/lib/auth/adapter";
import { admit, type Identity } from "@/lib/auth/admit";
import { endDemoSessions } from "@/lib/auth/demo";
import { createInvite, findInvite } from "@/lib/auth/invites";
import { hashToken, newSessionToken, readSession, SESSION_MAX_AGE, startSession } from "@/lib/auth/session";
import { open } from "@/lib/crypto/secretBox";
import { accountsDb, closeDb, tenantDb } from "@/lib/db";
import { bindFirstChannel, seedDemo } from "../../prisma/seed";
import { createScene } from "../fixtures/scene";
import { createTestDatabase, runOn, type TestDatabase } from "./testDatabase";

const DAY = 24 * 3600 * 1000;
const DEMO = "demo@frontdesk.example";
let database: TestDatabase;

beforeAll(async () => {
  database = await createTestDatabase();
  Object.assign(process.env, {
    DATABASE_URL: database.url,
    APP_URL: "http://localhost:3000",
    NEXTAUTH_SECRET: randomBytes(32).toString("hex"),
    ENCRYPTION_KEY: randomBytes(32).toString("hex"),
    ADMIN_EMAILS: "boss@example.org",
    WHATSAPP_PHONE_NUMBER_ID: "200000000000002",
    WHATSAPP_ACCESS_TOKEN: "the-token-of-the-environment",
  });
});

afterAll(async () => {
  await closeDb();
  await database.drop();
});

beforeEach(async () => {
  await accountsDb().invite.deleteMany();
  await accountsDb().user.deleteMany({ where: { email: { not: DEMO } } });
});

let serial = 0;
function identity(email: string, changes: Partial<Identity> = {}): Identity {
  const providerAccountId = `sub-${++serial}`;
  return { provider: "oidc", providerAccountId, email, emailVerified: true, name: "Ada", image: null, ...changes };
}

function withToken(token: string): Headers {
  return new Headers({ cookie: `other=1; next-auth.session-token=${token}` });
}

async function userId(email = "ada@example.org"): Promise<string> {
  return (await accountsDb().user.create({ data: { email } })).id;
}

describe("admission", () => {
  it("refuses a new address without an invite, and makes nothing", async () => {
    expect(await admit(identity("ada@example.org"), undefined)).toEqual({ refused: "InviteNeeded" });
    expect(await accountsDb().user.findUnique({ where: { email: "ada@example.org" } })).toBeNull();
  });

  it("refuses an invite that is for somebody else, expired or unknown", async () => {
    const { code } = await createInvite({ email: "grace@example.org" });
    expect(await admit(identity("ada@example.org"), code)).toEqual({ refused: "InviteNeeded" });
    const { code: expired } = await createInvite({});
    await accountsDb().invite.updateMany({ data: { expiresAt: new Date(Date.now() - 1000) } });
    expect(await admit(identity("ada@example.org"), expired)).toEqual({ refused: "InviteNeeded" });
    expect(await admit(identity("ada@example.org"), "NONSENSE")).toEqual({ refused: "InviteNeeded" });
    expect(await findInvite(expired)).toBeNull();
  });

  it.each([{ emailVerified: false }, { email: null }])(
    "refuses an address that is not verified: %o",
    async (claims) => {
      await createInvite({ email: "ada@example.org" });
      const existing = await userId("grace@example.org");
      expect(await admit(identity("ada@example.org", claims), undefined)).toEqual({ refused: "EmailNotVerified" });
      expect(await admit(identity("grace@example.org", claims), undefined)).toEqual({ refused: "EmailNotVerified" });
      expect(await accountsDb().account.count({ where: { userId: existing } })).toBe(0);
      expect(await accountsDb().invite.count({ where: { usedAt: null } })).toBe(1);
    },
  );

  it("lets one invite make one account when eight people use it at once", async () => {
    const { code } = await createInvite({});
    const people = Array.from({ length: 8 }, (_, at) => identity(`person${at}@example.org`));
    const results = await Promise.all(people.map((person) => admit(person, code)));
    const admitted = results.filter((result) => "userId" in result);
    expect(admitted).toHaveLength(1);
    const users = await accountsDb().user.findMany({ where: { email: { startsWith: "person" } } });
    expect(users.map(({ id }) => ({ userId: id }))).toEqual(admitted);
    expect(await accountsDb().invite.findFirst()).toMatchObject({ usedById: users[0]?.id });
  });

  it("makes one account when one person signs in eight times at once", async () => {
    await createInvite({ email: "ada@example.org" });
    const ada = identity("ada@example.org");
    const results = await Promise.all(Array.from({ length: 8 }, () => admit(ada, undefined)));
    const { id } = await accountsDb().user.findUniqueOrThrow({ where: { email: "ada@example.org" } });
    expect(results).toEqual(Array.from({ length: 8 }, () => ({ userId: id })));
    expect(await accountsDb().account.count({ where: { userId: id } })).toBe(1);
  });

  it("uses up no invite when the account cannot be made", async () => {
    const { code } = await createInvite({});
    await expect(admit(identity("ada@example.org", { name: "NUL \0" }), code)).rejects.toThrow();
    expect(await findInvite(code)).not.toBeNull();
    expect(await accountsDb().user.count({ where: { email: "ada@example.org" } })).toBe(0);
  });

  it("takes a code however it is typed, and an address however it is cased", async () => {
    const { code } = await createInvite({});
    expect(code).toMatch(/^([2-9A-Z]{5}-){3}[2-9A-Z]{5}$/);
    const result = await admit(identity("Ada@Example.org"), ` ${code.toLowerCase().replaceAll("-", " ")} `);
    const { id, isAdmin } = await accountsDb().user.findUniqueOrThrow({ where: { email: "ada@example.org" } });
    expect(result).toEqual({ userId: id });
    expect(isAdmin).toBe(false);
  });

  it("links a second identity of the same verified address to the user that is there", async () => {
    const existing = await userId();
    expect(await admit(identity("ADA@example.org"), undefined)).toEqual({ userId: existing });
    expect(await admit(identity("ada@example.org", { provider: "google" }), undefined)).toEqual({ userId: existing });
    expect(await accountsDb().account.count({ where: { userId: existing } })).toBe(2);
  });

  it("knows an identity again, whatever has become of its address", async () => {
    const ada = identity("ada@example.org");
    await userId();
    const first = await admit(ada, undefined);
    expect(await admit({ ...ada, email: "new@example.org", emailVerified: false }, undefined)).toEqual(first);
  });

  it("admits a listed admin without an invite, and promotes one who was there before", async () => {
    expect(await admit(identity("Boss@example.org"), undefined)).toHaveProperty("userId");
    const boss = { where: { email: "boss@example.org" } };
    expect(await accountsDb().user.findUnique(boss)).toMatchObject({ isAdmin: true });
    await accountsDb().user.update({ ...boss, data: { isAdmin: false } });
    await admit(identity("boss@example.org"), undefined);
    expect(await accountsDb().user.findUnique(boss)).toMatchObject({ isAdmin: true });
  });

  it("takes the admin's right from one who is listed no longer, at the next sign-in", async () => {
    const { id } = await accountsDb().user.create({ data: { email: "ada@example.org", isAdmin: true } });
    const ada = identity("ada@example.org");
    for (const someone of [ada, ada]) {
      await accountsDb().user.update({ where: { id }, data: { isAdmin: true } });
      expect(await admit(someone, undefined)).toEqual({ userId: id });
      expect(await accountsDb().user.findUnique({ where: { id } })).toMatchObject({ isAdmin: false });
    }
  });

  it("uses the invite of a user who is there already at the next sign-in, and only one for the address", async () => {
    await seedDemo();
    const { businessId } = (await demoSession())!;
    const ada = identity("ada@example.org");
    await createInvite({ email: "ada@example.org" });
    const { userId } = (await admit(ada, undefined)) as { userId: string };
    const { code } = await createInvite({ businessId: businessId! });
    await admit(ada, code);
    const memberships = () =>
      tenantDb(businessId!).$transaction((tx) => tx.member.findMany({ where: { userId }, select: { role: true } }));
    expect(await memberships()).toEqual([]);
    for (let n = 0; n < 2; n++) {
      await createInvite({ email: "ada@example.org", businessId: businessId!, admin: true });
      await admit(ada, undefined);
      expect(await memberships()).toEqual([{ role: "OWNER" }]);
      expect(await accountsDb().user.findUnique({ where: { id: userId } })).toMatchObject({ isAdmin: true });
    }
  });

  it("makes an admin by an invite that says so, for good", async () => {
    await createInvite({ email: "ada@example.org", admin: true });
    const ada = identity("ada@example.org");
    await admit(ada, undefined);
    await admit(ada, undefined);
    expect(await accountsDb().user.findUnique({ where: { email: "ada@example.org" } })).toMatchObject({
      isAdmin: true,
    });
  });

  it("makes a member of the invite's business, and logs that", async () => {
    await seedDemo();
    const { businessId } = (await demoSession())!;
    await createInvite({ email: "ada@example.org", businessId: businessId!, role: "MEMBER" });
    const result = await admit(identity("ada@example.org"), undefined);
    const ada = (result as { userId: string }).userId;
    const [member, activity] = await tenantDb(businessId!).$transaction(async (tx) => [
      await tx.member.findFirst({ where: { userId: ada } }),
      await tx.activity.findFirst({ where: { action: "member.joined", actor: `user:${ada}` } }),
    ]);
    expect(member).toMatchObject({ role: "MEMBER", businessId });
    expect(activity).toMatchObject({ entityId: member!.id, after: { userId: ada, role: "MEMBER" } });
  });
});

describe("sessions", () => {
  it("answers nobody to a token that is unknown, expired, a hash, or SQL", async () => {
    const token = newSessionToken();
    await startSession(await userId(), token, undefined);
    expect(await readSession(new Headers())).toBeNull();
    for (const other of [newSessionToken(), hashToken(token), `${token}x`, "' OR true --"])
      expect(await readSession(withToken(other))).toBeNull();
    await accountsDb().session.updateMany({ data: { expires: new Date(Date.now() - 1000) } });
    expect(await readSession(withToken(token))).toBeNull();
  });

  it("ends with its row", async () => {
    const token = newSessionToken();
    await startSession(await userId(), token, undefined);
    expect(await readSession(withToken(token))).toMatchObject({ email: "ada@example.org", businessId: null });
    await accountsDb().session.deleteMany();
    expect(await readSession(withToken(token))).toBeNull();
  });

  it("keeps the token's hash, never the token", async () => {
    const ada = await userId();
    const adapter = sessionAdapter(undefined);
    const given = { sessionToken: newSessionToken(), userId: ada, expires: new Date() };
    const session = await adapter.createSession?.(given);
    expect(session).toMatchObject({ sessionToken: given.sessionToken, userId: ada });
    const [row] = await accountsDb().session.findMany({ where: { userId: ada } });
    expect(JSON.stringify(row)).not.toContain(given.sessionToken);
    expect(row?.tokenHash).toBe(hashToken(given.sessionToken));
  });

  it("ends the session that the same browser had before, and expired ones, and no other", async () => {
    const ada = await userId();
    const [here, elsewhere, next] = [newSessionToken(), newSessionToken(), newSessionToken()];
    await startSession(ada, here, undefined);
    await startSession(ada, elsewhere, undefined);
    await sessionAdapter(here).createSession?.({ sessionToken: next, userId: ada, expires: new Date() });
    expect(await readSession(withToken(here))).toBeNull();
    expect(await readSession(withToken(elsewhere))).not.toBeNull();
    expect(await readSession(withToken(next))).not.toBeNull();
  });

  it("moves its end when used a day later, and writes nothing before", async () => {
    const token = newSessionToken();
    const ada = await userId();
    await startSession(ada, token, undefined);
    const expires = async () => (await accountsDb().session.findFirstOrThrow({ where: { userId: ada } })).expires;
    const fresh = await expires();
    await readSession(withToken(token));
    expect(await expires()).toEqual(fresh);
    await accountsDb().session.updateMany({ data: { expires: new Date(fresh.getTime() - DAY - 1000) } });
    await readSession(withToken(token));
    expect((await expires()).getTime()).toBeGreaterThanOrEqual(fresh.getTime());
    expect((await expires()).getTime()).toBeLessThanOrEqual(Date.now() + SESSION_MAX_AGE * 1000);
  });

  it("finds the user of an identity for next-auth, and nobody for an unknown one", async () => {
    const ada = identity("ada@example.org");
    const id = await userId();
    await admit(ada, undefined);
    const adapter = sessionAdapter(undefined);
    expect(await adapter.getUserByAccount?.(ada)).toMatchObject({ id, email: "ada@example.org" });
    expect(await adapter.getUserByAccount?.({ ...ada, provider: "google" })).toBeNull();
  });
});

describe("the demo, once switched off", () => {
  it("has no session left, and nobody else loses one", async () => {
    await seedDemo();
    const demo = await accountsDb().user.findUniqueOrThrow({ where: { email: DEMO } });
    const tokens = [newSessionToken(), newSessionToken()] as const;
    await startSession(demo.id, tokens[0], undefined);
    await startSession(await userId(), tokens[1], undefined);
    await endDemoSessions();
    expect(await readSession(withToken(tokens[0]))).toBeNull();
    expect(await readSession(withToken(tokens[1]))).not.toBeNull();
  });
});

describe("the demo seed", () => {
  it("makes the demo once, however often and concurrently it runs", async () => {
    await Promise.all([seedDemo(), seedDemo(), seedDemo()]);
    await seedDemo();
    const session = await demoSession();
    expect(session).toMatchObject({ email: DEMO, isAdmin: true, role: "OWNER" });
    await tenantDb(session!.businessId!).$transaction(async (tx) => {
      expect(await tx.business.findMany()).toMatchObject([{ name: "Brightwater Plumbing", timeZone: "Europe/London" }]);
      expect(await tx.serviceType.count()).toBe(5);
      const [channel, ...others] = await tx.channel.findMany({ where: { mode: "SIMULATOR" } });
      expect(others).toEqual([]);
      expect(channel).toMatchObject({ phoneNumberId: "100000000000001" });
      expect(open(channel?.accessTokenEnc ?? "")).toHaveLength(32);
      expect(await tx.channelHolding.count({ where: { channelId: channel!.id, heldUntil: null } })).toBe(1);
    });
  });

  it("binds the environment's number to the first business that is no demo, once, and renews its token", async () => {
    await seedDemo();
    const { businessId } = await createScene();
    await runOn(database.adminUrl, `UPDATE "Business" SET "createdAt" = '1990-01-01' WHERE id = '${businessId}'`);
    const { businessId: demo } = (await demoSession())!;
    await runOn(database.adminUrl, `UPDATE "Business" SET "createdAt" = '1980-01-01' WHERE id = '${demo}'`);
    await bindFirstChannel();
    await bindFirstChannel();
    const where = { businessId_phoneNumberId: { businessId, phoneNumberId: "200000000000002" } };
    const channel = () =>
      tenantDb(businessId).$transaction((tx) => tx.channel.findUniqueOrThrow({ where, include: { holdings: true } }));
    expect(await channel()).toMatchObject({ mode: "GRAPH", version: 1, holdings: [{ heldUntil: null }] });
    await tenantDb(businessId).$transaction((tx) => tx.channel.update({ where, data: { accessTokenEnc: null } }));
    await bindFirstChannel();
    const renewed = await channel();
    expect(open(renewed.accessTokenEnc ?? "")).toBe("the-token-of-the-environment");
    expect(renewed.version).toBe(2);
  });
});

async function demoSession() {
  const { id } = await accountsDb().user.findUniqueOrThrow({ where: { email: DEMO } });
  const token = newSessionToken();
  await startSession(id, token, undefined);
  return readSession(withToken(token));
}
