import { once } from "node:events";
import type { ChildProcess } from "node:child_process";
import { setTimeout as delay } from "node:timers/promises";
import pg from "pg";
import { v7 as uuidv7 } from "uuid";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { killGroup, spawnLeashed } from "../../scripts/launch/children";
import { freePort } from "../../scripts/launch/ports";
import { WEB } from "../../scripts/launch/programs";
import { Desk } from "../db/deskRows";
import { setTestEnvironment } from "../fixtures/scene";
import { startApp, type TestApp } from "./app";

const LIMITS = { RATE_LIMIT_USER: "100", RATE_LIMIT_ANONYMOUS: "100", RATE_LIMIT_AUTH: "10" };

let app: TestApp;
let sql: pg.Client;
let desk: Desk;
let more: ChildProcess[];

async function start(overrides: Record<string, string>): Promise<void> {
  app = await startApp(overrides);
  setTestEnvironment(app.databaseUrl, app.env);
  sql = new pg.Client({ connectionString: app.adminUrl });
  await sql.connect();
  desk = new Desk(sql, app.adminUrl);
}

beforeEach(() => {
  more = [];
});
afterEach(async () => {
  more.forEach(killGroup);
  await sql.end();
  await app.stop();
});

/** One more web server on the same database; resolves with its address when it answers. */
async function startAnother(): Promise<string> {
  const port = String(await freePort());
  const web = spawnLeashed(WEB, { env: { ...app.env, PORT: port }, output: "pipe" });
  more.push(web);
  web.stdout?.resume();
  web.stderr?.resume();
  const address = `http://127.0.0.1:${port}`;
  while (web.exitCode === null && !(await fetch(`${address}/api/ping`).catch(() => undefined))?.ok) await delay(50);
  expect(web.exitCode).toBeNull();
  return address;
}

const statuses = (answers: Response[]) => ({
  passed: answers.filter(({ status }) => status !== 429).length,
  limited: answers.filter(({ status }) => status === 429).length,
});

describe("limits", () => {
  test("two instances on one database allow a user 100 requests together, and a stranger no more by forged headers", async () => {
    await start(LIMITS);
    const instances = [app.baseUrl, await startAnother()];
    const cookie = await desk.signIn(await desk.user());
    const asUser = await Promise.all(
      Array.from({ length: 200 }, (_, n) => fetch(`${instances[n % 2]}/api/session`, { headers: { cookie } })),
    );
    expect(statuses(asUser)).toEqual({ passed: 100, limited: 100 });

    const asStranger = await Promise.all(
      Array.from({ length: 130 }, (_, n) =>
        fetch(`${instances[n % 2]}/api/session`, {
          headers: {
            "x-forwarded-for": `203.0.113.${n}`,
            "x-real-ip": `203.0.113.${n}`,
            forwarded: `for=203.0.113.${n}`,
            "x-frontdesk-address": `203.0.113.${n}`,
          },
        }),
      ),
    );
    expect(statuses(asStranger)).toEqual({ passed: 100, limited: 30 });

    const atSignIn = await Promise.all(
      Array.from({ length: 15 }, (_, n) => fetch(`${instances[n % 2]}/api/demo/sign-in`, { method: "POST" })),
    );
    expect(statuses(atSignIn)).toEqual({ passed: 10, limited: 5 });

    for (const path of ["/api/ping", "/api/health"]) expect((await fetch(`${app.baseUrl}${path}`)).status).toBe(200);
  });

  test("behind a trusted proxy the address it vouches for counts, and what stands left of it does not", async () => {
    await start({ ...LIMITS, TRUSTED_PROXIES: "1" });
    const ask = (forwarded: string) =>
      fetch(`${app.baseUrl}/api/session`, { headers: { "x-forwarded-for": forwarded } });
    const answers = await Promise.all(Array.from({ length: 110 }, (_, n) => ask(`198.51.100.${n}, 203.0.113.7`)));
    expect(statuses(answers)).toEqual({ passed: 100, limited: 10 });
    expect((await ask("203.0.113.7, 203.0.113.8")).status).toBe(401);
  });
});

test("a process killed with the transaction of a keyed request open: the retry runs it, once", async () => {
  await start({});
  const shop = await desk.shop();
  const conversation = await desk.conversation(shop);
  const cookie = await desk.signIn(shop.ownerId, shop.businessId);
  const key = uuidv7();
  const takeOver = (baseUrl: string) =>
    fetch(`${baseUrl}/api/conversations/${conversation}/takeover`, {
      method: "POST",
      headers: { cookie, "idempotency-key": key },
    });
  const activities = () => desk.rows(`SELECT id FROM "Activity" WHERE action = 'conversation.takenOver'`);

  const holder = new pg.Client({ connectionString: app.adminUrl });
  await holder.connect();
  await holder.query("BEGIN");
  await holder.query('SELECT FROM "Conversation" WHERE id = $1 FOR UPDATE', [conversation]);
  const cut = takeOver(app.baseUrl).catch(() => "cut off");
  const others = (condition: string) =>
    desk.rows(
      `SELECT pid FROM pg_stat_activity WHERE datname = current_database() AND usename <> current_user AND ${condition}`,
    );
  await expect.poll(() => others("wait_event_type = 'Lock'"), { timeout: 20_000 }).toHaveLength(1);
  const ended = once(app.web, "exit");
  killGroup(app.web);
  await ended;
  expect(await cut).toBe("cut off");
  await holder.end();
  await expect.poll(() => others("xact_start IS NOT NULL"), { timeout: 20_000 }).toEqual([]);
  expect([await activities(), await desk.rows('SELECT FROM "IdempotencyKey"')]).toEqual([[], []]);

  const again = await startAnother();
  const first = await takeOver(again);
  expect(first.status).toBe(200);
  const second = await takeOver(again);
  expect([second.status, await second.text()]).toEqual([200, await first.text()]);
  expect(second.headers.get("idempotent-replayed")).toBe("true");
  expect(await activities()).toHaveLength(1);
});
