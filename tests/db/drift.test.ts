import { cp, mkdtemp, readdir, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import path from "node:path";
import pg from "pg";
import { afterEach, beforeAll, beforeEach, describe, expect, test } from "vitest";
import { findDrift } from "../../scripts/db/drift";
import { migrate, rollback } from "../../scripts/db/migrate";
import { MIGRATIONS_DIRECTORY, migrationNames } from "../../scripts/db/migrationFiles";
import { writeMigration } from "../../scripts/db/newMigration";
import { resetDatabase } from "../../scripts/db/reset";
import { SCHEMA_FILE } from "../../scripts/db/schemaEngine";
import { createTestDatabase, type TestDatabase } from "./testDatabase";

describe("a database changed by hand", () => {
  const changes = [
    [
      "a column",
      'ALTER TABLE "Contact" ADD COLUMN vip boolean',
      'No migration makes the column "Contact".vip: boolean',
    ],
    [
      "a column's type",
      'ALTER TABLE "Contact" ALTER COLUMN "displayName" TYPE varchar(20)',
      'The column "Contact"."displayName" is: character varying(20); the migrations make it: text',
    ],
    [
      "a default",
      'ALTER TABLE "Lead" ALTER COLUMN stage DROP DEFAULT',
      "The column \"Lead\".stage is: text not null; the migrations make it: text not null default 'NEW'::text",
    ],
    [
      "a NOT NULL",
      'ALTER TABLE "Contact" ALTER COLUMN version DROP NOT NULL',
      'The column "Contact".version is: integer default 1; the migrations make it: integer not null default 1',
    ],
    [
      "an index",
      'CREATE INDEX by_hand ON "Contact" ("displayName")',
      'No migration makes the index by_hand on "Contact": CREATE INDEX by_hand ON public."Contact" USING btree ("displayName")',
    ],
    [
      "a dropped index with a condition",
      'DROP INDEX "Lead_open_key"',
      'The database lacks the index "Lead_open_key" on "Lead": CREATE UNIQUE INDEX',
    ],
    [
      "a dropped CHECK",
      'ALTER TABLE "Member" DROP CONSTRAINT "Member_role_check"',
      'The database lacks the constraint "Member_role_check" on "Member": CHECK',
    ],
    [
      "a policy",
      'CREATE POLICY anyone ON "Contact" USING (true)',
      'No migration makes the policy anyone on "Contact": PERMISSIVE for ALL to {public} using true',
    ],
    [
      "a loosened policy",
      'ALTER POLICY tenant ON "Contact" USING (true)',
      'The policy tenant on "Contact" is: PERMISSIVE for ALL to {frontdesk_app} using true',
    ],
    [
      "row-level security no longer forced",
      'ALTER TABLE "Contact" NO FORCE ROW LEVEL SECURITY',
      'The table "Contact" is: row-level security t, forced f; the migrations make it: row-level security t, forced t',
    ],
    [
      "a grant",
      'GRANT DELETE ON "Lead" TO frontdesk_app',
      'The grant on "Lead" to frontdesk_app is: DELETE, INSERT, SELECT, UPDATE; the migrations make it: INSERT, SELECT, UPDATE',
    ],
    [
      "a grant to everyone on a column",
      'GRANT SELECT (name) ON "Business" TO PUBLIC',
      'No migration makes the grant on "Business".name to public: SELECT',
    ],
    [
      "a function",
      "CREATE OR REPLACE FUNCTION current_business_id() RETURNS uuid LANGUAGE sql STABLE PARALLEL SAFE RETURN NULL::uuid",
      "The function current_business_id() is: CREATE OR REPLACE FUNCTION public.current_business_id()",
    ],
    ["a table", "CREATE TABLE scratch (id int)", "No migration makes the table scratch"],
    ["a view", 'CREATE VIEW names AS SELECT name FROM "Business"', "No migration makes the view names"],
  ] as const;
  let named: string[];

  beforeAll(async () => {
    const changed = await createTestDatabase();
    const client = new pg.Client(changed.url);
    await client.connect();
    for (const [, statement] of changes) await client.query(statement);
    named = await findDrift(changed.url);
    await client.end();
    await changed.drop();
  });

  test.each(changes)("%s is named", (_what, _statement, line) => {
    expect(named.filter((difference) => difference.startsWith(line))).toHaveLength(1);
  });

  test("nothing else is named", () => {
    const expected = new Set(changes.map(([, , line]) => line));
    const others = named.filter((line) => ![...expected].some((start) => line.startsWith(start)));
    expect(others).toEqual(["No migration makes the column scratch.id: integer"]);
  });
});

describe("schema.prisma, the migrations and a database", () => {
  let database: TestDatabase;
  let owner: pg.Client;
  let folder: string;
  let directory: string;
  let schemaFile: string;

  beforeEach(async () => {
    database = await createTestDatabase();
    owner = new pg.Client(database.url);
    await owner.connect();
    folder = await mkdtemp(path.join(tmpdir(), "schema-"));
    directory = path.join(folder, "migrations");
    schemaFile = path.join(folder, "schema.prisma");
    await cp(MIGRATIONS_DIRECTORY, directory, { recursive: true });
    await cp(SCHEMA_FILE, schemaFile);
  });

  afterEach(async () => {
    await owner.end();
    await database.drop();
    await rm(folder, { recursive: true, force: true });
  });

  async function editSchema(from: string, to: string): Promise<void> {
    const schema = await readFile(schemaFile, "utf8");
    expect(schema).toContain(from);
    await writeFile(schemaFile, schema.replace(from, to));
  }

  async function shadowDatabases(): Promise<number> {
    const { rowCount } = await owner.query(
      "SELECT FROM pg_database d JOIN pg_roles r ON r.oid = d.datdba WHERE datname LIKE 'shadow%' AND rolname = current_user",
    );
    return rowCount ?? 0;
  }

  test("a pending migration is one line, and so is one whose file changed", async () => {
    const [name = ""] = await migrationNames(directory);
    await cp(path.join(directory, name), path.join(directory, "20270101000000_next"), { recursive: true });
    await writeFile(path.join(directory, "20270101000000_next", "migration.sql"), "SELECT 1;");
    expect(await findDrift(database.url, { directory })).toEqual(["The migration 20270101000000_next is pending."]);

    await owner.query("UPDATE _prisma_migrations SET checksum = 'other' WHERE migration_name = $1", [name]);
    expect(await findDrift(database.url)).toEqual([`The migration ${name} is changed since it was applied.`]);
  });

  describe("a schema.prisma that no migration follows", () => {
    test("is named with what changed", async () => {
      await editSchema("  displayName String?\n", "  displayName String?\n  nickname String?\n");
      expect(await findDrift(database.url, { schemaFile })).toEqual([
        "No migration brings what schema.prisma says:\n[*] Changed the `Contact` table\n  [+] Added column `nickname`",
      ]);
    });

    test("is followed by the migration that db:new writes, up and down", async () => {
      await editSchema("  displayName String?\n", "  displayName String?\n  nickname String?\n");
      const sources = { directory, schemaFile };
      const written = await writeMigration(database.url, "Nick name!", sources, new Date("2027-01-02T03:04:05Z"));

      expect(path.basename(written ?? "")).toBe("20270102030405_nick_name");
      expect((await readdir(written ?? "")).sort()).toEqual(["down.sql", "migration.sql"]);
      expect(await migrate(database.url, directory)).toEqual(["20270102030405_nick_name"]);
      expect(await findDrift(database.url, sources)).toEqual([]);
      expect(await writeMigration(database.url, "again", sources)).toBeUndefined();
      await rollback(database.url, 1, directory);
      expect(await findDrift(database.url)).toEqual([]);
    });

    test("is said to be nothing when nothing changed, and a name of no letters is refused", async () => {
      expect(await writeMigration(database.url, "nothing", { directory, schemaFile })).toBeUndefined();
      await expect(writeMigration(database.url, "--", { directory, schemaFile })).rejects.toThrow("needs a name");
      expect(await migrationNames(directory)).toEqual(await migrationNames());
    });
  });

  test("a login that may not create databases is told so in one sentence", async () => {
    const superuser = new pg.Client(database.adminUrl);
    await superuser.connect();
    await superuser.query("CREATE ROLE nocreate LOGIN PASSWORD 'nocreate' IN ROLE pg_read_all_data");
    try {
      const url = new URL(database.url);
      Object.assign(url, { username: "nocreate", password: "nocreate" });
      await expect(findDrift(url.href)).rejects.toThrow("The login nocreate may not create the shadow database");
    } finally {
      await superuser.query("DROP ROLE nocreate");
      await superuser.end();
    }
  });

  test("no shadow database is left behind, also after a migration that fails in it", async () => {
    await writeFile(path.join(directory, (await migrationNames(directory))[0] ?? "", "migration.sql"), "SELECT 1/0;");
    await expect(findDrift(database.url, { directory })).rejects.toThrow("division by zero");
    expect(await shadowDatabases()).toBe(0);
  });

  test("a reset database holds no row and agrees with everything", async () => {
    await owner.query(`INSERT INTO "User" (id, email) VALUES (gen_random_uuid(), 'ana@example.com')`);
    await resetDatabase(database.url);
    expect((await owner.query('SELECT FROM "User"')).rowCount).toBe(0);
    expect(await findDrift(database.url)).toEqual([]);
  });

  test("schema.prisma, the migrations and a migrated database agree", async () => {
    expect(await findDrift(database.url)).toEqual([]);
  });
});
