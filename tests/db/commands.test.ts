import { execFile } from "node:child_process";
import path from "node:path";
import pg from "pg";
import { afterEach, beforeEach, expect, test } from "vitest";
import { migrationNames } from "../../scripts/db/migrationFiles";
import { createTestDatabase, type TestDatabase } from "./testDatabase";

const ROOT = path.resolve(import.meta.dirname, "../..");

let database: TestDatabase;
let client: pg.Client;

beforeEach(async () => {
  database = await createTestDatabase();
  client = new pg.Client(database.url);
  await client.connect();
});

afterEach(async () => {
  await client.end();
  await database.drop();
});

interface Outcome {
  code: number;
  stdout: string;
  stderr: string;
}

/** Runs a command as `npm run db:<verb>` does. */
function db(args: string[], environment: Record<string, string> = {}): Promise<Outcome> {
  const env = {
    ...process.env,
    FRONTDESK_DEMO: "",
    DATABASE_DIRECT_URL: "",
    DATABASE_URL: database.url,
    ...environment,
  };
  const tsx = path.join(ROOT, "node_modules/tsx/dist/cli.mjs");
  return new Promise((resolve) => {
    execFile(process.execPath, [tsx, "scripts/db/cli.ts", ...args], { cwd: ROOT, env }, (error, stdout, stderr) =>
      resolve({ code: error ? Number(error.code) : 0, stdout, stderr }),
    );
  });
}

async function users(): Promise<number> {
  return (await client.query('SELECT FROM "User"')).rowCount ?? 0;
}

test("db:reset spares a database that is not a demonstration's, unless told outright", async () => {
  await client.query(`INSERT INTO "User" (id, email) VALUES (gen_random_uuid(), 'ana@example.com')`);

  const refused = await db(["reset"]);
  expect([refused.code, refused.stderr]).toEqual([
    1,
    "This database is not a demonstration's: add --yes-delete-everything to empty it.\n",
  ]);
  expect(await users()).toBe(1);

  expect((await db(["reset", "--yes-delete-everything"])).code).toBe(0);
  expect(await users()).toBe(0);
  await client.query(`INSERT INTO "User" (id, email) VALUES (gen_random_uuid(), 'ana@example.com')`);
  expect((await db(["reset"], { FRONTDESK_DEMO: "1" })).code).toBe(0);
  expect(await users()).toBe(0);
});

test("a database that is away ends in one line", async () => {
  const { code, stderr } = await db(["status"], { DATABASE_URL: "postgresql://nobody:secret@127.0.0.1:1/none" });
  expect([code, stderr]).toEqual([1, "connect ECONNREFUSED 127.0.0.1:1\n"]);
});

test("an unknown verb or a wrong number shows how to use it", async () => {
  for (const args of [
    [],
    ["frobnicate"],
    ["constructor"],
    ["rollback", "--steps", "0"],
    ["new"],
    ["status", "--bogus"],
  ]) {
    const { code, stderr } = await db(args);
    expect([args, code, stderr.includes("Usage: npm run db:<verb>")]).toEqual([args, 2, true]);
  }
});

test("db:drift fails with the difference and passes without", async () => {
  expect(await db(["drift"])).toMatchObject({ code: 0 });
  await client.query("CREATE TABLE scratch (id int)");
  const { code, stdout } = await db(["drift"]);
  expect([code, stdout]).toEqual([1, expect.stringContaining("No migration makes the table scratch")]);
});

test("db:rollback, db:status and db:migrate take the database back and forth, on the direct address when there is one", async () => {
  const names = await migrationNames();
  const direct = { DATABASE_DIRECT_URL: database.url, DATABASE_URL: "postgresql://nobody:secret@127.0.0.1:1/none" };
  const steps = String(names.length);
  expect((await db(["rollback", "--steps", steps], direct)).stdout).toContain(`Took back ${names[0]}.`);
  const pending = await db(["status"], direct);
  expect([pending.code, pending.stdout]).toEqual([1, names.map((name) => `${name}: pending\n`).join("")]);
  expect((await db(["migrate"], direct)).stdout).toContain(`Applied ${names[0]}.`);
  expect(await db(["migrate"], direct)).toMatchObject({ code: 0, stdout: "Nothing to apply.\n" });
  const applied = await db(["status"], direct);
  expect([applied.code, applied.stdout]).toEqual([0, names.map((name) => `${name}: applied\n`).join("")]);
});
