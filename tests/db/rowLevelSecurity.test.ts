import pg from "pg";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { fillEveryTable } from "./rowMaker";
import { createTestDatabase, type TestDatabase } from "./testDatabase";

const INSUFFICIENT_PRIVILEGE = "42501";
const UNIQUE_VIOLATION = "23505";

/** An invite is redeemed before its tenant is known: lib/auth reads it, and neither role may touch it. */
const BEFORE_A_TENANT = ["Invite"];

type Role = "frontdesk_app" | "frontdesk_system" | null;

let database: TestDatabase;
let superuser: pg.Client;
let login: pg.Client;
let tables: string[];
let ours: Map<string, string>;
let theirs: Map<string, string>;

beforeAll(async () => {
  database = await createTestDatabase();
  superuser = new pg.Client(database.adminUrl);
  login = new pg.Client(database.url);
  await Promise.all([superuser.connect(), login.connect()]);
  tables = await tenantTables();
  ours = new Map((await fillEveryTable(superuser)).map(({ table, json }) => [table, json]));
  theirs = new Map((await fillEveryTable(superuser)).map(({ table, json }) => [table, json]));
});

afterAll(async () => {
  await Promise.all([superuser.end(), login.end()]);
  await database.drop();
});

async function tenantTables(): Promise<string[]> {
  const { rows } = await superuser.query<{ name: string }>(
    `SELECT c.relname AS name FROM pg_class c
     WHERE c.relnamespace = 'public'::regnamespace AND c.relkind IN ('r', 'p')
       AND (c.relname = 'Business'
            OR EXISTS (SELECT FROM pg_attribute a WHERE a.attrelid = c.oid AND a.attname = 'businessId' AND NOT a.attisdropped))
     ORDER BY 1`,
  );
  return rows.map(({ name }) => name).filter((name) => !BEFORE_A_TENANT.includes(name));
}

/** What stands between a tenant's table and everyone, as far as it is not whole. */
async function gaps(): Promise<string[]> {
  const { rows } = await superuser.query<{ name: string; enabled: boolean; forced: boolean; policies: number }>(
    `SELECT c.relname AS name, c.relrowsecurity AS enabled, c.relforcerowsecurity AS forced,
       (SELECT count(*)::int FROM pg_policy p WHERE p.polrelid = c.oid) AS policies
     FROM pg_class c WHERE c.relnamespace = 'public'::regnamespace AND c.relname = ANY ($1)`,
    [await tenantTables()],
  );
  return rows.flatMap(({ name, enabled, forced, policies }) => [
    ...(enabled ? [] : [`${name}: row-level security is off`]),
    ...(forced ? [] : [`${name}: its owner is not held to it`]),
    ...(policies > 0 ? [] : [`${name}: no policy`]),
  ]);
}

/** Runs a statement in a transaction as a role that speaks for a business, and undoes it: the rows it met, or why not. */
async function attempt(
  role: Role,
  businessId: string,
  statement: string,
  values: unknown[] = [],
): Promise<number | string> {
  await login.query("BEGIN");
  try {
    if (role) await login.query("SELECT set_config('role', $1, true)", [role]);
    await login.query("SELECT set_config('app.business_id', $1, true)", [businessId]);
    return (await login.query(statement, values)).rowCount ?? 0;
  } catch (error) {
    if (!(error instanceof pg.DatabaseError)) throw error;
    return error.code === INSUFFICIENT_PRIVILEGE ? "refused" : (error.code ?? error.message);
  } finally {
    await login.query("ROLLBACK");
  }
}

function businessOf(rows: Map<string, string>): string {
  return (JSON.parse(rows.get("Business") ?? "{}") as { id: string }).id;
}

const tenantColumn = (table: string) => (table === "Business" ? "id" : "businessId");

/** What a role, speaking for `businessId`, can do with the rows in `rows`, for each tenant table. */
async function reach(role: Role, businessId: string, rows: Map<string, string>) {
  const found: Record<string, Record<string, number | string>> = {};
  for (const table of tables) {
    const json = rows.get(table);
    const mine = `"${tenantColumn(table)}" = '${businessOf(rows)}'`;
    found[table] = {
      select: await attempt(role, businessId, `SELECT FROM "${table}" WHERE ${mine}`),
      update: await attempt(role, businessId, `UPDATE "${table}" SET id = id WHERE ${mine}`),
      delete: await attempt(role, businessId, `DELETE FROM "${table}" WHERE ${mine}`),
      insert: await attempt(
        role,
        businessId,
        `INSERT INTO "${table}" SELECT * FROM json_populate_record(NULL::"${table}", $1)`,
        [json],
      ),
    };
  }
  return found;
}

/** The tables where a statement met a row or failed for another reason than a missing right. */
function reached(
  found: Awaited<ReturnType<typeof reach>>,
  allowed: (table: string, verb: string) => boolean = () => false,
) {
  return Object.entries(found).flatMap(([table, verbs]) =>
    Object.entries(verbs)
      .filter(
        ([verb, outcome]) => outcome !== "refused" && !(verb !== "insert" && outcome === 0) && !allowed(table, verb),
      )
      .map(([verb, outcome]) => `${verb} on ${table}: ${outcome}`),
  );
}

describe("every tenant table", () => {
  test("added later without its policy is found out", async () => {
    await superuser.query('CREATE TABLE "Later" (id uuid PRIMARY KEY, "businessId" uuid)');
    expect(await gaps()).toEqual([
      "Later: row-level security is off",
      "Later: its owner is not held to it",
      "Later: no policy",
    ]);
    await superuser.query('ALTER TABLE "Later" ENABLE ROW LEVEL SECURITY');
    expect(await gaps()).toEqual(["Later: its owner is not held to it", "Later: no policy"]);
    await superuser.query('DROP TABLE "Later"');
  });

  test("has row-level security, forced, and a policy", async () => {
    expect(tables).toContain("Conversation");
    expect(await gaps()).toEqual([]);
  });

  test("holds a row of each of two businesses in this test", async () => {
    for (const table of tables) {
      const { rows } = await superuser.query<{ count: number }>(
        `SELECT count(DISTINCT "${tenantColumn(table)}")::int FROM "${table}"`,
      );
      expect([table, rows[0]?.count]).toEqual([table, 2]);
    }
  });
});

describe("the application's role", () => {
  test("without a business reads and writes nothing", async () => {
    expect(reached(await reach("frontdesk_app", "", ours))).toEqual([]);
  });

  test("with another business's setting reads and writes nothing", async () => {
    expect(reached(await reach("frontdesk_app", businessOf(theirs), ours))).toEqual([]);
    expect(reached(await reach("frontdesk_app", businessOf(ours), theirs))).toEqual([]);
  });

  test("cannot give a row of its own to another business", async () => {
    for (const table of tables) {
      const moved = `UPDATE "${table}" SET "${tenantColumn(table)}" = '${businessOf(theirs)}'`;
      expect([table, await attempt("frontdesk_app", businessOf(ours), moved)]).toEqual([table, "refused"]);
    }
  });

  test("with its own business's setting sees its own row, no other, and may add", async () => {
    for (const table of tables) {
      const seen = await attempt("frontdesk_app", businessOf(ours), `SELECT FROM "${table}"`);
      expect([table, seen]).toEqual([table, 1]);
    }
    const own = await reach("frontdesk_app", businessOf(ours), ours);
    // The row is there already: that it is a duplicate is said only to one who may add it.
    for (const table of tables) expect([table, own[table]?.insert]).toEqual([table, UNIQUE_VIOLATION]);
  });

  test("sees the users of its own business only", async () => {
    expect(await attempt("frontdesk_app", businessOf(ours), 'SELECT FROM "User"')).toBe(1);
    expect(await attempt("frontdesk_app", "", 'SELECT FROM "User"')).toBe(0);
  });

  test("does not come near accounts, sessions, invites or raw webhooks", async () => {
    for (const table of ["Account", "Session", ...BEFORE_A_TENANT, "RawWebhookEvent"])
      for (const statement of [`SELECT FROM "${table}"`, `UPDATE "${table}" SET id = id`, `DELETE FROM "${table}"`])
        expect([statement, await attempt("frontdesk_app", businessOf(ours), statement)]).toEqual([
          statement,
          "refused",
        ]);
  });

  test("is refused a setting that is not a tenant's id", async () => {
    expect(await attempt("frontdesk_app", "' OR true --", 'SELECT FROM "Contact"')).toBe("22P02");
  });
});

describe("the bare login, which owns the tables", () => {
  test("reads and writes nothing, with or without a business's setting", async () => {
    expect(reached(await reach(null, "", ours))).toEqual([]);
    expect(reached(await reach(null, businessOf(ours), ours))).toEqual([]);
  });
});

describe("the system's role", () => {
  test("writes to no tenant, and reads only what it routes and sweeps", async () => {
    const readable = [
      "Alert",
      "Business",
      "Channel",
      "ChannelHolding",
      "Conversation",
      "Member",
      "Message",
      "OutboundMessageLog",
    ];
    const mayRead = (table: string, verb: string) => verb === "select" && readable.includes(table);
    expect(reached(await reach("frontdesk_system", "", ours), mayRead)).toEqual([]);
    expect(await attempt("frontdesk_system", "", 'SELECT FROM "Conversation"')).toBe(2);
  });

  test("keeps invites to lib/auth", async () => {
    for (const table of BEFORE_A_TENANT)
      expect([table, await attempt("frontdesk_system", "", `SELECT FROM "${table}"`)]).toEqual([table, "refused"]);
  });
});

test("a business set in one transaction is not there in the next", async () => {
  expect(await attempt("frontdesk_app", businessOf(ours), 'SELECT FROM "Contact"')).toBe(1);
  await login.query("BEGIN; SELECT set_config('role', 'frontdesk_app', true)");
  const after = await login.query('SELECT FROM "Contact"');
  await login.query("ROLLBACK");
  expect(after.rowCount).toBe(0);
});
