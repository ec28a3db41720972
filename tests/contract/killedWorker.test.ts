import { randomUUID } from "node:crypto";
import type { ChildProcess } from "node:child_process";
import { once } from "node:events";
import { setTimeout as delay } from "node:timers/promises";
import pg from "pg";
import { describe, expect, test } from "vitest";
import { seal } from "@/lib/crypto/secretBox";
import { runOn } from "../db/testDatabase";
import { startGraphServer, type GraphServer } from "../fixtures/graphServer";
import { digits, envelope, setTestEnvironment, signedRequest, textMessage } from "../fixtures/scene";
import { startApp, type TestApp } from "./app";

/** An application, a stand-in for Graph and a business, for one test alone. */
interface World {
  app: TestApp;
  graph: GraphServer;
  phoneNumberId: string;
}

const PHONE_NUMBER_ID = "100000000000009";

async function withWorld(run: (world: World) => Promise<void>): Promise<void> {
  const graph = await startGraphServer();
  const app = await startApp({ WHATSAPP_GRAPH_URL: graph.url });
  try {
    await seed(app);
    await run({ app, graph, phoneNumberId: PHONE_NUMBER_ID });
  } finally {
    await app.stop();
    await graph.close();
  }
}

async function seed({ adminUrl, env }: TestApp): Promise<void> {
  setTestEnvironment(adminUrl, env);
  const [business, channel] = [randomUUID(), randomUUID()];
  await runOn(
    adminUrl,
    `INSERT INTO "Business" (id, name, "timeZone", country, currency, "updatedAt") VALUES ('${business}', 'Brightwater', 'Europe/London', 'GB', 'GBP', now());
     INSERT INTO "Channel" (id, "businessId", "phoneNumberId", "displayNumber", "accessTokenEnc", "updatedAt")
       VALUES ('${channel}', '${business}', '${PHONE_NUMBER_ID}', '+44 20 7946 0000', '${seal("graph-token")}', now());
     INSERT INTO "ChannelHolding" (id, "businessId", "channelId", "phoneNumberId", "heldFrom")
       VALUES (gen_random_uuid(), '${business}', '${channel}', '${PHONE_NUMBER_ID}', '2020-01-01')`,
  );
}

interface Strike {
  mark: string;
  when: "statement" | "beforeCommit" | "afterCommit";
}

const workerToDie = ({ app }: World, strike: Strike, signal = "SIGKILL") =>
  app.worker.start(["--import", "./tests/fixtures/killAt.mjs"], { KILL_AT: JSON.stringify({ ...strike, signal }) });

async function deliverToWebhook({ app, phoneNumberId }: World, value: object): Promise<void> {
  expect((await fetch(signedRequest(envelope(phoneNumberId, value), app.baseUrl))).status).toBe(200);
}

const customerWrites = (world: World) =>
  deliverToWebhook(world, { messages: [textMessage(digits(12), "Hi, my kitchen tap is leaking")] });

interface Rows {
  messages: { processedAt: Date | null }[];
  outbound: { status: string; escalatedAt: Date | null }[];
}

async function rows({ app }: World): Promise<Rows> {
  const client = new pg.Client({ connectionString: app.adminUrl });
  await client.connect();
  try {
    const messages = await client.query<Rows["messages"][number]>(`SELECT "processedAt" FROM "Message"`);
    const outbound = await client.query<Rows["outbound"][number]>(
      `SELECT status, "escalatedAt" FROM "OutboundMessageLog"`,
    );
    return { messages: messages.rows, outbound: outbound.rows };
  } finally {
    await client.end();
  }
}

/** As if the leases' time had passed: by the database's clock, which is the one they are counted by. */
async function timePasses({ app }: World): Promise<void> {
  await runOn(
    app.adminUrl,
    `UPDATE "Conversation" SET "leaseUntil" = now() - interval '1 minute' WHERE "leaseUntil" IS NOT NULL;
     UPDATE "OutboundMessageLog" SET "leaseUntil" = now() - interval '1 minute' WHERE status = 'SENDING';
     UPDATE "OutboundMessageLog" SET "createdAt" = now() - interval '1 minute', "nextAttemptAt" = now() - interval '1 minute' WHERE status = 'PENDING';
     UPDATE "OutboundMessageLog" SET "unknownAt" = now() - interval '1 hour' WHERE status = 'UNKNOWN';
     UPDATE "Message" SET "receivedAt" = now() - interval '1 minute' WHERE "processedAt" IS NULL;
     UPDATE "RawWebhookEvent" SET "receivedAt" = now() - interval '1 minute' WHERE status = 'RECEIVED'`,
  );
}

async function until(world: World, holds: (now: Rows) => boolean): Promise<Rows> {
  const deadline = Date.now() + 60_000;
  for (;;) {
    const now = await rows(world);
    if (holds(now)) return now;
    if (Date.now() > deadline) throw new Error(`It did not settle: ${JSON.stringify(now)}`);
    await delay(100);
  }
}

const settled = ({ messages, outbound }: Rows) =>
  messages.length === 1 &&
  messages.every(({ processedAt }) => processedAt) &&
  outbound.length > 0 &&
  outbound.every(({ status }) => ["SENT", "FAILED", "UNKNOWN"].includes(status));

async function stopped(worker: ChildProcess): Promise<void> {
  const exited = once(worker, "exit");
  worker.kill("SIGTERM");
  await exited;
}

async function recoverWithHealthyWorker(world: World): Promise<Rows> {
  await timePasses(world);
  const healthy = await world.app.worker.start();
  await until(world, settled);
  // A second send would follow at once from a job or a sweep: both get their chance.
  await timePasses(world);
  await delay(6_000);
  await stopped(healthy);
  return rows(world);
}

const INSERT_REPLY = `INSERT INTO "OutboundMessageLog"`;
const SENDING = `SET status = 'SENDING'`;
const RECORD_SENT = `UPDATE [^ ]*"OutboundMessageLog" SET .*\\bSENT\\b`;

// Where the worker dies, and what stands afterwards. `accepted`: how many sends Graph took in the end.
const POINTS: [string, Strike, { status: string; accepted: number }][] = [
  [
    "before the message is routed",
    { mark: `INSERT INTO [^ ]*"Message"`, when: "beforeCommit" },
    { status: "SENT", accepted: 1 },
  ],
  [
    "after routing, before the turn",
    { mark: `INSERT INTO [^ ]*"Message"`, when: "afterCommit" },
    { status: "SENT", accepted: 1 },
  ],
  [
    "while the engine thinks",
    { mark: `SET fence = fence \\+ 1`, when: "afterCommit" },
    { status: "SENT", accepted: 1 },
  ],
  ["before the turn's commit", { mark: INSERT_REPLY, when: "beforeCommit" }, { status: "SENT", accepted: 1 }],
  ["between PENDING and SENDING", { mark: INSERT_REPLY, when: "afterCommit" }, { status: "SENT", accepted: 1 }],
  ["before SENDING is committed", { mark: SENDING, when: "beforeCommit" }, { status: "SENT", accepted: 1 }],
  ["after SENDING, before the request", { mark: SENDING, when: "afterCommit" }, { status: "UNKNOWN", accepted: 0 }],
  ["with the answer read, not recorded", { mark: RECORD_SENT, when: "statement" }, { status: "UNKNOWN", accepted: 1 }],
  [
    "with the answer recorded, not committed",
    { mark: RECORD_SENT, when: "beforeCommit" },
    { status: "UNKNOWN", accepted: 1 },
  ],
  ["recorded, the job not completed", { mark: RECORD_SENT, when: "afterCommit" }, { status: "SENT", accepted: 1 }],
];

// Most of each test is waiting for other processes; they share nothing but the machine.
describe.concurrent("a worker killed by SIGKILL", () => {
  test.each(POINTS)("%s: no second send, no silent loss", (_, strike, expected) =>
    withWorld(async (world) => {
      const doomed = await workerToDie(world, strike);
      const died = once(doomed, "exit");
      await customerWrites(world);
      expect(await died).toEqual([null, "SIGKILL"]);
      const { outbound } = await recoverWithHealthyWorker(world);
      expect(outbound).toHaveLength(1);
      expect({ status: outbound[0]?.status, accepted: world.graph.accepted.length }).toEqual(expected);
      // What is uncertain has been put before a person.
      expect(outbound[0]?.escalatedAt !== null).toBe(expected.status === "UNKNOWN");
    }),
  );

  test("with the request sent and no answer: uncertain, until the provider's status settles it", () =>
    withWorld(async (world) => {
      const { app, graph } = world;
      const doomed = await app.worker.start();
      const died = once(doomed, "exit");
      graph.behave(async () => {
        doomed.kill("SIGKILL");
        await died;
        return { take: true, answer: "hang" };
      });
      await customerWrites(world);
      await died;
      graph.behave(() => ({ take: true, answer: "normal" }));
      const { outbound } = await recoverWithHealthyWorker(world);
      expect(outbound).toMatchObject([{ status: "UNKNOWN" }]);
      const [send] = graph.accepted;
      const status = {
        id: send?.wamid,
        status: "delivered",
        timestamp: "1760000000",
        biz_opaque_callback_data: send?.opaqueId,
      };
      await deliverToWebhook(world, { statuses: [status] });
      const healthy = await app.worker.start();
      await until(world, ({ outbound: now }) => now[0]?.status === "SENT");
      await stopped(healthy);
      expect(graph.accepted).toHaveLength(1);
    }));

  test("inside the sweeper: the next sweep does the same", () =>
    withWorld(async (world) => {
      const first = await workerToDie(world, { mark: SENDING, when: "afterCommit" });
      const firstDied = once(first, "exit");
      await customerWrites(world);
      await firstDied;
      await timePasses(world);
      const second = workerToDie(world, {
        mark: `UPDATE [^ ]*"OutboundMessageLog" SET .*UNKNOWN`,
        when: "beforeCommit",
      });
      // The first sweep comes at once: the worker may die before it says that it is ready.
      const died = second.then(
        (worker) => once(worker, "exit"),
        (error: unknown) => [null, String(error)],
      );
      expect(String((await died)[1])).toContain("SIGKILL");
      expect((await rows(world)).outbound).toMatchObject([{ status: "SENDING" }]);
      const { outbound } = await recoverWithHealthyWorker(world);
      expect(outbound).toMatchObject([{ status: "UNKNOWN" }]);
      expect(world.graph.accepted).toHaveLength(0);
    }));

  test("a worker that slept past its lease does not send when it wakes", () =>
    withWorld(async (world) => {
      const sleeper = await workerToDie(world, { mark: SENDING, when: "afterCommit" }, "SIGSTOP");
      await customerWrites(world);
      await until(world, ({ outbound }) => outbound[0]?.status === "SENDING");
      await delay(21_000);
      await recoverWithHealthyWorker(world);
      sleeper.kill("SIGCONT");
      await delay(2_000);
      sleeper.kill("SIGKILL");
      expect(world.graph.accepted).toHaveLength(0);
      expect((await rows(world)).outbound).toMatchObject([{ status: "UNKNOWN" }]);
    }));
});
