import { once } from "node:events";
import { setTimeout as delay } from "node:timers/promises";
import { afterAll, beforeAll, beforeEach, describe, expect, test } from "vitest";
import { closeDb, tenantDb } from "@/lib/db";
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
import { runOn } from "../db/testDatabase";
import { startApp, type TestApp } from "./app";

let app: TestApp;
let graph: GraphServer;
let scene: Scene;

beforeAll(async () => {
  graph = await startGraphServer();
  app = await startApp({ WHATSAPP_GRAPH_URL: graph.url });
  setTestEnvironment(app.databaseUrl, app.env);
});
beforeEach(async () => {
  scene = await createScene();
  graph.accepted.length = 0;
  graph.behave(() => ({ take: true, answer: "normal" }));
});
afterAll(async () => {
  await closeDb();
  await app.stop();
  await graph.close();
});

interface Strike {
  mark: string;
  when: "statement" | "beforeCommit" | "afterCommit";
}

const workerToDie = (strike: Strike, signal = "SIGKILL") =>
  app.worker.start(["--import", "./tests/fixtures/killAt.mjs"], { KILL_AT: JSON.stringify({ ...strike, signal }) });

async function customerWrites(): Promise<void> {
  const messages = [textMessage(digits(12), "Hi, my kitchen tap is leaking")];
  const response = await fetch(signedRequest(envelope(scene.phoneNumberId, { messages }), app.baseUrl));
  expect(response.status).toBe(200);
}

const rows = () =>
  tenantDb(scene.businessId).$transaction(async (tx) => ({
    messages: await tx.message.findMany(),
    outbound: await tx.outboundMessageLog.findMany(),
  }));

/** As if the leases' time had passed: by the database's clock, which is the one they are counted by. */
async function timePasses(): Promise<void> {
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

async function until<T>(read: () => Promise<T>, holds: (value: T) => boolean): Promise<T> {
  const deadline = Date.now() + 45_000;
  for (;;) {
    const value = await read();
    if (holds(value)) return value;
    if (Date.now() > deadline)
      throw new Error(
        `It did not settle: ${JSON.stringify(value, (_, v: unknown) => (typeof v === "bigint" ? String(v) : v))}`,
      );
    await delay(100);
  }
}

const settled = ({ messages, outbound }: Awaited<ReturnType<typeof rows>>) =>
  messages.length === 1 &&
  messages.every(({ processedAt }) => processedAt) &&
  outbound.length > 0 &&
  outbound.every(({ status }) => ["SENT", "FAILED", "UNKNOWN"].includes(status));

async function recoverWithHealthyWorker(): Promise<Awaited<ReturnType<typeof rows>>> {
  await timePasses();
  const healthy = await app.worker.start();
  const after = await until(rows, settled);
  // A second send would follow at once from a job or a sweep: both get their chance.
  await timePasses();
  await delay(6_000);
  healthy.kill("SIGTERM");
  await once(healthy, "exit");
  expect((await rows()).outbound).toHaveLength(after.outbound.length);
  return rows();
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

describe("a worker killed by SIGKILL", () => {
  test.each(POINTS)("%s: no second send, no silent loss", async (_, strike, expected) => {
    const doomed = await workerToDie(strike);
    const died = once(doomed, "exit");
    await customerWrites();
    expect(await died).toEqual([null, "SIGKILL"]);
    const { outbound } = await recoverWithHealthyWorker();
    expect(outbound).toHaveLength(1);
    expect({ status: outbound[0]?.status, accepted: graph.accepted.length }).toEqual(expected);
    // What is uncertain has been put before a person.
    expect(outbound[0]?.escalatedAt !== null).toBe(expected.status === "UNKNOWN");
  });

  test("with the request sent and no answer: uncertain, until the provider's status settles it", async () => {
    const doomed = await app.worker.start();
    const died = once(doomed, "exit");
    graph.behave(async () => {
      doomed.kill("SIGKILL");
      await died;
      return { take: true, answer: "hang" };
    });
    await customerWrites();
    await died;
    graph.behave(() => ({ take: true, answer: "normal" }));
    const { outbound } = await recoverWithHealthyWorker();
    expect(outbound).toMatchObject([{ status: "UNKNOWN" }]);
    expect(graph.accepted).toHaveLength(1);
    const [send] = graph.accepted;
    const statuses = [
      { id: send?.wamid, status: "delivered", timestamp: "1760000000", biz_opaque_callback_data: send?.opaqueId },
    ];
    await fetch(signedRequest(envelope(scene.phoneNumberId, { statuses }), app.baseUrl));
    const healthy = await app.worker.start();
    await until(rows, ({ outbound: now }) => now[0]?.status === "SENT");
    healthy.kill("SIGTERM");
    await once(healthy, "exit");
    expect(graph.accepted).toHaveLength(1);
  });

  test("inside the sweeper: the next sweep does the same", async () => {
    const first = await workerToDie({ mark: SENDING, when: "afterCommit" });
    const firstDied = once(first, "exit");
    await customerWrites();
    await firstDied;
    await timePasses();
    const second = workerToDie({ mark: `UPDATE [^ ]*"OutboundMessageLog" SET .*UNKNOWN`, when: "beforeCommit" }).catch(
      (error: unknown) => error,
    );
    await second;
    await until(rows, ({ outbound }) => outbound[0]?.status === "SENDING");
    const { outbound } = await recoverWithHealthyWorker();
    expect(outbound).toMatchObject([{ status: "UNKNOWN" }]);
    expect(graph.accepted).toHaveLength(0);
  });

  test("a worker that slept past its lease does not send when it wakes", async () => {
    const sleeper = await workerToDie({ mark: SENDING, when: "afterCommit" }, "SIGSTOP");
    await customerWrites();
    await until(rows, ({ outbound }) => outbound[0]?.status === "SENDING");
    await delay(21_000);
    await timePasses();
    const { outbound } = await recoverWithHealthyWorker();
    expect(outbound).toMatchObject([{ status: "UNKNOWN" }]);
    sleeper.kill("SIGCONT");
    await delay(2_000);
    sleeper.kill("SIGKILL");
    expect(graph.accepted).toHaveLength(0);
    expect((await rows()).outbound).toMatchObject([{ status: "UNKNOWN" }]);
  });
});
