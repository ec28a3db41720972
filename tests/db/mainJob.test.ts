import { afterAll, beforeAll, expect, test } from "vitest";
import { jobContext } from "@/jobs/registry";
import { POST } from "@/app/api/webhooks/whatsapp/route";
import { closeDb, systemDb, tenantDb } from "@/lib/db";
import { ingest } from "@/lib/inbound/ingest";
import { deliver } from "@/lib/outbound/deliver";
import { stopSender } from "@/lib/queue/queue";
import { runTurn } from "@/lib/turn/runTurn";
import { startGraphServer, type GraphServer } from "../fixtures/graphServer";
import { createScene, digits, envelope, setTestEnvironment, signedRequest, textMessage } from "../fixtures/scene";
import { createTestDatabase } from "./testDatabase";

let database: Awaited<ReturnType<typeof createTestDatabase>>;
let graph: GraphServer;

beforeAll(async () => {
  database = await createTestDatabase();
  graph = await startGraphServer();
  setTestEnvironment(database.url, { WHATSAPP_GRAPH_URL: graph.url });
});

afterAll(async () => {
  await stopSender();
  await closeDb();
  await graph.close();
  await database.drop();
});

test("a message in, exactly one reply out, the lead filled", async () => {
  const scene = await createScene();
  const customer = digits(12);
  const body = envelope(scene.phoneNumberId, {
    contacts: [{ profile: { name: "Jo" }, wa_id: customer }],
    messages: [textMessage(customer, "Hi, my kitchen tap is leaking")],
  });
  const answers = await Promise.all(
    Array.from({ length: 5 }, () => POST(signedRequest(body), { params: Promise.resolve({}) })),
  );
  expect(answers.map(({ status }) => status)).toEqual([200, 200, 200, 200, 200]);
  const raw = await systemDb().$transaction((tx) => tx.rawWebhookEvent.findMany());
  for (const { id } of raw) await ingest(id);
  const ctx = jobContext(scene.businessId);
  const conversation = await ctx.db.$transaction((tx) => tx.conversation.findFirstOrThrow());
  await runTurn(ctx, conversation.id);
  await deliver(ctx, conversation.id);
  expect(graph.accepted).toHaveLength(1);
  const after = await tenantDb(scene.businessId).$transaction(async (tx) => ({
    message: await tx.message.findFirstOrThrow(),
    outbound: await tx.outboundMessageLog.findMany(),
    lead: await tx.lead.findFirstOrThrow({ include: { facts: true } }),
    jobs: await tx.event.count(),
  }));
  expect(after.message.duplicateCount).toBe(4);
  expect(after.outbound.map(({ status }) => status)).toEqual(["SENT"]);
  console.log(after.outbound[0]?.text, after.lead);
});
