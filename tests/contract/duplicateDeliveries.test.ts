import { once } from "node:events";
import { setTimeout as delay } from "node:timers/promises";
import pg from "pg";
import { afterAll, beforeAll, expect, test } from "vitest";
import { closeDb, tenantDb } from "@/lib/db";
import { startGraphServer, type GraphServer } from "../fixtures/graphServer";
import { createScene, digits, envelope, setTestEnvironment, signedRequest, textMessage } from "../fixtures/scene";
import { startApp, type TestApp } from "./app";

let app: TestApp;
let graph: GraphServer;

beforeAll(async () => {
  graph = await startGraphServer();
  app = await startApp({ WHATSAPP_GRAPH_URL: graph.url, FRONTDESK_DEMO: "1" });
  setTestEnvironment(app.databaseUrl, app.env);
});
afterAll(async () => {
  await closeDb();
  await app.stop();
  await graph.close();
});

/** Connections that listen for jobs: a worker is woken, it does not only poll. */
async function listeners(): Promise<number> {
  const client = new pg.Client({ connectionString: app.adminUrl });
  await client.connect();
  try {
    const { rows } = await client.query<{ n: number }>(
      `SELECT count(*)::int AS n FROM pg_stat_activity WHERE datname = current_database()
         AND application_name = 'frontdesk-worker' AND (query ILIKE 'LISTEN%' OR query ILIKE '%pg_listening_channels%')`,
    );
    return rows[0]?.n ?? 0;
  } finally {
    await client.end();
  }
}

async function until<T>(read: () => Promise<T>, holds: (value: T) => boolean): Promise<T> {
  const deadline = Date.now() + 30_000;
  for (;;) {
    const value = await read();
    if (holds(value)) return value;
    if (Date.now() > deadline) throw new Error("It did not settle");
    await delay(50);
  }
}

test("five identical deliveries at once, five more after a restart: ten times 200, one reply, nine collisions; a retry past the guard is stopped by the outbound key", async () => {
  const { seedDemo } = await import("../../prisma/seed");
  await seedDemo();
  const signedIn = await fetch(`${app.baseUrl}/api/demo/sign-in`, {
    method: "POST",
    headers: { "content-type": "application/json", "idempotency-key": "sign-in", origin: app.baseUrl },
    body: "{}",
  });
  expect(signedIn.status).toBe(200);
  const cookie = signedIn.headers
    .getSetCookie()
    .map((one) => one.split(";")[0])
    .join("; ");

  const scene = await createScene();
  const body = envelope(scene.phoneNumberId, { messages: [textMessage(digits(12), "Hi, my kitchen tap is leaking")] });
  const deliverFiveTimes = async () => {
    const answers = await Promise.all(Array.from({ length: 5 }, () => fetch(signedRequest(body, app.baseUrl))));
    return answers.map(({ status }) => status);
  };
  const counts = () =>
    tenantDb(scene.businessId).$transaction(async (tx) => ({
      messages: await tx.message.findMany({ select: { duplicateCount: true } }),
      outbound: await tx.outboundMessageLog.findMany({
        select: { status: true, collisionCount: true, conversationId: true },
      }),
    }));

  const first = await app.worker.start();
  expect(await listeners()).toBeGreaterThan(0);
  expect(await deliverFiveTimes()).toEqual([200, 200, 200, 200, 200]);
  await until(counts, ({ messages, outbound }) => messages[0]?.duplicateCount === 4 && outbound[0]?.status === "SENT");
  const ended = once(first, "exit");
  first.kill("SIGTERM");
  expect(await ended).toEqual([0, null]);

  await app.worker.start();
  expect(await deliverFiveTimes()).toEqual([200, 200, 200, 200, 200]);
  const after = await until(counts, ({ messages }) => messages[0]?.duplicateCount === 9);
  expect(after.messages).toHaveLength(1);
  expect(after.outbound).toMatchObject([{ status: "SENT", collisionCount: 0 }]);
  expect(graph.accepted).toHaveLength(1);

  const conversationId = after.outbound[0]?.conversationId ?? "";
  const retried = await fetch(`${app.baseUrl}/api/admin/conversations/${conversationId}/simulate-retry`, {
    method: "POST",
    headers: { cookie, "idempotency-key": "retry" },
  });
  expect(await retried.json()).toMatchObject({
    inboundGuard: "bypassed",
    blocked: true,
    blockedAt: "outboundDedupeKey",
  });
  const health = await fetch(`${app.baseUrl}/api/admin/health/ai`, { headers: { cookie } });
  expect(await health.json()).toMatchObject({
    dedupeCollisions: { inbound: 9, outbound: 1 },
    statusCounts: { SENT: 1 },
  });
  expect(graph.accepted).toHaveLength(1);
});
