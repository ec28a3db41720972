import { randomUUID } from "node:crypto";
import { v7 as uuidv7 } from "uuid";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { accountsDb, closeDb, pool, systemDb } from "@/lib/db";
import { toAppError } from "@/lib/error-handler";
import { endpoint, route } from "@/lib/http/route";
import { setTestEnvironment } from "../fixtures/scene";
import { createTestDatabase, type TestDatabase } from "./testDatabase";

let database: TestDatabase;

beforeAll(async () => {
  database = await createTestDatabase();
  setTestEnvironment(database.url);
});
afterAll(async () => {
  await closeDb();
  await database.drop();
});

const email = () => `${randomUUID()}@example.com`;
const codeOf = (work: Promise<unknown>) =>
  work.then(
    () => "done",
    (error: unknown) => toAppError(error).code,
  );
const inPrisma = (sql: string) => systemDb().$transaction((tx) => tx.$executeRawUnsafe(sql));

const REFUSALS = [
  ["22001", "TEXT_TOO_LONG"],
  ["22003", "NUMBER_OUT_OF_RANGE"],
  ["23001", "RECORD_IN_USE"],
  ["23503", "REFERENCE_MISSING"],
  ["23505", "ALREADY_EXISTS"],
  ["23514", "INTERNAL_ERROR"],
  ["25006", "DATABASE_READ_ONLY"],
  ["28P01", "DATABASE_LOGIN_REFUSED"],
  ["40001", "WRITE_CONFLICT"],
  ["40P01", "WRITE_CONFLICT"],
  ["42501", "INTERNAL_ERROR"],
  ["42703", "MIGRATION_MISSING"],
  ["42P01", "MIGRATION_MISSING"],
  ["53100", "DATABASE_FULL"],
  ["53300", "OUT_OF_CONNECTIONS"],
  ["55P03", "QUERY_TIMEOUT"],
  ["57014", "QUERY_TIMEOUT"],
  ["57P01", "DATABASE_UNAVAILABLE"],
] as const;

describe.each(REFUSALS)("what PostgreSQL says with %s is %s", (state, code) => {
  const raise = `DO $$ BEGIN RAISE EXCEPTION 'a table of ours' USING ERRCODE = '${state}'; END $$`;

  test("through Prisma", async () => expect(await codeOf(inPrisma(raise))).toBe(code));
  test("on a connection of the pool", async () => expect(await codeOf(pool().query(raise))).toBe(code));
});

describe("a write that cannot be is told apart from a fault", () => {
  test("the row exists", async () => {
    const data = { email: email() };
    await accountsDb().user.create({ data });
    expect(await codeOf(accountsDb().user.create({ data }))).toBe("ALREADY_EXISTS");
  });

  test("the row it belongs to does not exist", async () => {
    const data = { userId: uuidv7(), provider: "oidc", providerAccountId: randomUUID() };
    expect(await codeOf(accountsDb().account.create({ data }))).toBe("REFERENCE_MISSING");
  });

  test("the row to change is gone", async () => {
    expect(await codeOf(accountsDb().user.update({ where: { id: uuidv7() }, data: { name: "Ada" } }))).toBe(
      "NOT_FOUND",
    );
  });

  test("a text has a NUL", async () => {
    expect(await codeOf(accountsDb().user.create({ data: { email: email(), name: "A\0da" } }))).toBe(
      "TEXT_NOT_STORABLE",
    );
  });

  test("a statement takes too long", async () => {
    const slow = systemDb().$transaction(async (tx) => {
      await tx.$executeRawUnsafe("SET LOCAL statement_timeout = 20");
      await tx.$executeRawUnsafe("SELECT pg_sleep(10)");
    });
    expect(await codeOf(slow)).toBe("QUERY_TIMEOUT");
  });
});

test("a route answers a unique violation with 409 and no word of the database", async () => {
  const data = { email: email() };
  const { POST } = endpoint({ POST: route({ auth: "public", handle: () => accountsDb().user.create({ data }) }) });
  const post = () =>
    POST(new Request("http://localhost/api/users", { method: "POST" }), { params: Promise.resolve({}) });
  expect((await post()).status).toBe(200);
  const answer = await post();
  const body = await answer.text();
  expect(answer.status).toBe(409);
  expect(JSON.parse(body)).toMatchObject({ success: false, error: { code: "ALREADY_EXISTS", supportCode: "E3004" } });
  expect(body).not.toMatch(/constraint|prisma|User_|P2002|23505|\.ts/i);
});
