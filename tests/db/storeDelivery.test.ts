import { setImmediate as nextTurn } from "node:timers/promises";
import pg from "pg";
import { afterAll, beforeAll, beforeEach, expect, test, vi } from "vitest";
import { closeDb } from "@/lib/db";
import { startSender, stopSender } from "@/lib/queue/queue";
import { storeDelivery } from "@/lib/queue/storeDelivery";
import { startDatabaseProxy, type DatabaseProxy } from "../fixtures/databaseProxy";
import { setTestEnvironment } from "../fixtures/scene";
import { createTestDatabase, runOn } from "./testDatabase";

const MB = 1024 * 1024;
let database: Awaited<ReturnType<typeof createTestDatabase>>;
let proxy: DatabaseProxy;

beforeAll(async () => {
  database = await createTestDatabase();
  proxy = await startDatabaseProxy(database.url);
  setTestEnvironment(proxy.url);
});
beforeEach(() => runOn(database.adminUrl, `TRUNCATE "RawWebhookEvent"; DELETE FROM pgboss.job`));
afterAll(async () => {
  await proxy.become("pass");
  await stopSender();
  await closeDb();
  await proxy.close();
  await database.drop();
});

async function stored() {
  const client = new pg.Client({ connectionString: database.adminUrl });
  await client.connect();
  try {
    const { rows } = await client.query<{ deliveries: number; jobs: number }>(
      `SELECT (SELECT count(*)::int FROM "RawWebhookEvent") AS deliveries,
        (SELECT count(*)::int FROM pgboss.job WHERE name = 'ingest') AS jobs`,
    );
    return rows[0];
  } finally {
    await client.end();
  }
}
const outcome = (delivery: Promise<void>) =>
  delivery.then(
    () => "stored",
    (error: unknown) => (error as { code: string }).code,
  );
/** Until the pool has let go of the connections that were cut. */
const storeOne = () => vi.waitFor(() => storeDelivery("whatsapp", Buffer.from("{}")), { timeout: 20_000 });

// First in the file: nothing else may have warmed the process.
test("fifty deliveries at once, the first thing a process does, are all stored with their jobs", async () => {
  await startSender();
  await Promise.all(Array.from({ length: 50 }, (_, at) => storeDelivery("whatsapp", Buffer.from(`{"n":${at}}`))));
  expect(await stored()).toEqual({ deliveries: 50, jobs: 50 });
});

test("what a hung database made late is refused, and not stored behind the refusal", async () => {
  await proxy.become("hang");
  const outcomes = await Promise.all(
    Array.from({ length: 12 }, () => outcome(storeDelivery("whatsapp", Buffer.alloc(4 * MB, 32)))),
  );
  expect(new Set(outcomes)).toEqual(new Set(["DATABASE_UNAVAILABLE"]));
  await proxy.become("pass");
  await storeOne();
  expect(await stored()).toEqual({ deliveries: 1, jobs: 1 });
});

test("while the database hangs no more than 64 MB wait; beyond that a delivery is refused at once", async () => {
  await proxy.become("hang");
  const settled: string[] = [];
  const store = async (name: string, size: number) => {
    await outcome(storeDelivery("whatsapp", Buffer.alloc(size, 32)));
    settled.push(name);
  };
  // Two at most are under way and do not wait; sixteen fill what may.
  const held = Array.from({ length: 20 }, () => store("held", 4 * MB));
  await store("beyond", 4 * MB);
  expect(settled).toContain("beyond");
  expect(settled.length).toBeLessThanOrEqual(5);
  await Promise.all(held);
  // What was refused waits no longer, so there is room again.
  const again = store("again", 4 * MB);
  await nextTurn();
  expect(settled).not.toContain("again");
  await again;
  await proxy.become("pass");
  await storeOne();
  expect(await stored()).toEqual({ deliveries: 1, jobs: 1 });
});

test("statements that are each slow share one deadline, and the transaction is not committed after it", async () => {
  await runOn(
    database.adminUrl,
    `CREATE FUNCTION slow() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN PERFORM pg_sleep(1); RETURN NEW; END $$;
     CREATE TRIGGER slow BEFORE INSERT ON "RawWebhookEvent" FOR EACH ROW EXECUTE FUNCTION slow();
     CREATE TRIGGER slow BEFORE INSERT ON pgboss.job_common FOR EACH ROW EXECUTE FUNCTION slow()`,
  );
  try {
    expect(await outcome(storeDelivery("whatsapp", Buffer.from("{}")))).toBe("DATABASE_UNAVAILABLE");
  } finally {
    await runOn(
      database.adminUrl,
      `DROP TRIGGER slow ON "RawWebhookEvent"; DROP TRIGGER slow ON pgboss.job_common; DROP FUNCTION slow()`,
    );
  }
  expect(await stored()).toEqual({ deliveries: 0, jobs: 0 });
});
