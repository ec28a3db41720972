import { once } from "node:events";
import { setTimeout as delay } from "node:timers/promises";
import pg from "pg";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { closeDb } from "@/lib/db";
import { createTestDatabase, type TestDatabase } from "../db/testDatabase";
import { startDatabaseProxy, type DatabaseProxy } from "../fixtures/databaseProxy";
import { startGraphServer, type GraphServer } from "../fixtures/graphServer";
import {
  createScene,
  digits,
  envelope,
  setTestEnvironment,
  signedRequest,
  textMessage,
  type Scene,
} from "../fixtures/scene";
import { startApp, type TestApp } from "./app";

let database: TestDatabase;
let proxy: DatabaseProxy;
let app: TestApp;
let graph: GraphServer;
let scene: Scene;

beforeAll(async () => {
  database = await createTestDatabase();
  proxy = await startDatabaseProxy(database.url);
  graph = await startGraphServer();
  app = await startApp({ DATABASE_URL: proxy.url, WHATSAPP_GRAPH_URL: graph.url });
  setTestEnvironment(database.url, { ENCRYPTION_KEY: app.env.ENCRYPTION_KEY ?? "" });
  scene = await createScene();
});
afterAll(async () => {
  await closeDb();
  await app.stop();
  await graph.close();
  await proxy.close();
  await database.drop();
});

const post = (body: object) => fetch(signedRequest(body, app.baseUrl));
const message = () =>
  envelope(scene.phoneNumberId, { messages: [textMessage(digits(12), "Hi, my kitchen tap is leaking")] });

async function count(table: string): Promise<number> {
  const client = new pg.Client({ connectionString: database.adminUrl });
  await client.connect();
  try {
    const { rows } = await client.query<{ n: number }>(`SELECT count(*)::int AS n FROM "${table}"`);
    return rows[0]?.n ?? 0;
  } finally {
    await client.end();
  }
}

describe.each(["refuse", "hang"] as const)("the database is away (%s)", (mode) => {
  test("the webhook answers 503 in the contract's words, and stores the retry once it is back", async () => {
    const body = message();
    expect((await post(message())).status).toBe(200);
    const before = await count("RawWebhookEvent");
    await proxy.become(mode);
    const answers = await Promise.all([post(body), post(body), post(body)]);
    for (const answer of answers) {
      expect(answer.status).toBe(503);
      expect(Number(answer.headers.get("retry-after"))).toBeGreaterThan(0);
      expect(await answer.json()).toMatchObject({
        success: false,
        error: { code: "DATABASE_UNAVAILABLE", supportCode: "E3001" },
      });
    }
    const health = await fetch(`${app.baseUrl}/api/health`);
    expect([health.status, ((await health.json()) as { status: string }).status]).toEqual([503, "down"]);
    expect((await fetch(`${app.baseUrl}/api/ping`)).status).toBe(200);
    await proxy.become("pass");
    expect((await post(body)).status).toBe(200);
    expect(await count("RawWebhookEvent")).toBe(before + 1);
  });
});

test("a worker that loses the database for a while goes on where it stopped, and replies once", async () => {
  const worker = await app.worker.start();
  graph.accepted.length = 0;
  await proxy.become("refuse");
  await delay(3_000);
  await proxy.become("pass");
  const answers: number[] = [];
  while (answers.at(-1) !== 200) answers.push((await post(message())).status);
  const waiting = await count("RawWebhookEvent");
  const deadline = Date.now() + 60_000;
  while (graph.accepted.length < waiting && Date.now() < deadline) await delay(100);
  expect(graph.accepted).toHaveLength(waiting);
  expect(worker.exitCode).toBeNull();
  const ended = once(worker, "exit");
  worker.kill("SIGTERM");
  expect(await ended).toEqual([0, null]);
});
