import { afterAll, beforeAll, beforeEach, expect, test } from "vitest";
import { jobContext } from "@/jobs/registry";
import { closeDb, systemDb } from "@/lib/db";
import { stopSender } from "@/lib/queue/queue";
import { sweep } from "@/lib/sweeper/sweep";
import { createTalk, enqueue, outboundRow, type Talk } from "../fixtures/conversation";
import { createScene, setTestEnvironment, type Scene } from "../fixtures/scene";
import { createTestDatabase, runOn } from "./testDatabase";

let database: Awaited<ReturnType<typeof createTestDatabase>>;
let scene: Scene;

beforeAll(async () => {
  database = await createTestDatabase();
  setTestEnvironment(database.url);
});
beforeEach(async () => {
  await runOn(database.adminUrl, `TRUNCATE "Business", "RawWebhookEvent", "Alert" CASCADE`);
  scene = await createScene();
});
afterAll(async () => {
  await stopSender();
  await closeDb();
  await database.drop();
});

/** Sends in conversations of their own, oldest first, of which the first refuses every change of state. */
async function sends(set: (at: number) => string) {
  const rows: { talk: Talk; id: string }[] = [];
  for (let at = 0; at < 3; at++) {
    const talk = await createTalk(scene);
    const id = await enqueue(talk, "one");
    await runOn(database.adminUrl, `UPDATE "OutboundMessageLog" SET ${set(at)} WHERE id = '${id}'`);
    rows.push({ talk, id });
  }
  await runOn(
    database.adminUrl,
    `CREATE OR REPLACE FUNCTION refuse() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN RAISE EXCEPTION 'refused'; END $$;
     CREATE OR REPLACE TRIGGER refuse BEFORE UPDATE ON "OutboundMessageLog" FOR EACH ROW
       WHEN (OLD.id = '${rows[0]?.id}') EXECUTE FUNCTION refuse()`,
  );
  return () => Promise.all(rows.map(({ talk, id }) => outboundRow(talk, id)));
}

test("an expired send that cannot be called uncertain does not keep the others from it", async () => {
  const rows = await sends(
    (at) =>
      `status = 'SENDING', attempt = 1, "leaseOwner" = 'dead', "leaseUntil" = now() - interval '${60 - at} minutes'`,
  );
  await sweep(systemDb(), jobContext);
  expect((await rows()).map(({ status }) => status)).toEqual(["SENDING", "UNKNOWN", "UNKNOWN"]);
});

test("an uncertain send that cannot be put before a person does not keep the others from it", async () => {
  const rows = await sends((at) => `status = 'UNKNOWN', "unknownAt" = now() - interval '${60 - at} minutes'`);
  await sweep(systemDb(), jobContext);
  expect((await rows()).map(({ escalatedAt }) => escalatedAt !== null)).toEqual([false, true, true]);
});

test("a sweep forgets all that is old, not one batch of it", async () => {
  await runOn(
    database.adminUrl,
    `INSERT INTO "RawWebhookEvent" (id, source, body, status, "receivedAt")
       SELECT gen_random_uuid(), 'whatsapp', '', 'DONE', now() - interval '31 days' FROM generate_series(1, 1200);
     INSERT INTO "Event" ("businessId", kind, data, "createdAt")
       SELECT '${scene.businessId}', 'conversation.changed', '{}', now() - interval '3 days' FROM generate_series(1, 1200)`,
  );
  await sweep(systemDb(), jobContext);
  const old = await systemDb().$transaction(async (tx) => [await tx.rawWebhookEvent.count(), await tx.event.count()]);
  expect(old).toEqual([0, 0]);
});
