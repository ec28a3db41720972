import { cp, mkdir, mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import path from "node:path";
import pg from "pg";
import { afterEach, beforeEach, describe, expect, test, vi } from "vitest";
import { MissingMigrationError, missingMigrations } from "@/lib/health/migrations";
import { compareCatalogs, readCatalog } from "../../scripts/db/catalog";
import { applyMigrations, migrate, rollback } from "../../scripts/db/migrate";
import { MIGRATIONS_DIRECTORY, migrationNames, readMigrations } from "../../scripts/db/migrationFiles";
import { withSchemaEngine } from "../../scripts/db/schemaEngine";
import { dumpRows, fillEveryTable, tableColumns } from "./rowMaker";
import { createTestDatabase, type TestDatabase } from "./testDatabase";

let database: TestDatabase;
let superuser: pg.Client;
let directory: string;

beforeEach(async () => {
  database = await createTestDatabase({ migrated: false });
  superuser = new pg.Client(database.adminUrl);
  await superuser.connect();
  directory = await mkdtemp(path.join(tmpdir(), "migrations-"));
  await cp(MIGRATIONS_DIRECTORY, directory, { recursive: true });
});

afterEach(async () => {
  await superuser.end();
  await database.drop();
  await rm(directory, { recursive: true, force: true });
});

async function addMigration(name: string, sql: string, down?: string): Promise<void> {
  await mkdir(path.join(directory, name), { recursive: true });
  await writeFile(path.join(directory, name, "migration.sql"), sql);
  if (down !== undefined) await writeFile(path.join(directory, name, "down.sql"), down);
}

async function bookkeeping(): Promise<Record<string, unknown>[]> {
  const { rows } = await superuser.query<Record<string, unknown>>(
    "SELECT * FROM _prisma_migrations ORDER BY migration_name",
  );
  return rows;
}

async function withLogin<T>(work: (client: pg.Client) => Promise<T>): Promise<T> {
  const client = new pg.Client(database.url);
  await client.connect();
  try {
    return await work(client);
  } finally {
    await client.end();
  }
}

describe("what is refused", () => {
  test("an applied migration whose file changed is refused by name", async () => {
    await migrate(database.url, directory);
    const [name = ""] = await migrationNames(directory);
    await addMigration(name, "SELECT 1;");

    await expect(migrate(database.url, directory)).rejects.toThrow(
      `The migration ${name} was applied and its migration.sql has changed since: restore it.`,
    );
  });

  test("an applied migration whose folder is missing is refused by name, and nothing else is applied", async () => {
    await addMigration("20270101000000_gone", "CREATE TABLE gone (id int);", "DROP TABLE gone;");
    await migrate(database.url, directory);
    await rm(path.join(directory, "20270101000000_gone"), { recursive: true });
    await addMigration("20270102000000_next", "CREATE TABLE next (id int);");

    await expect(migrate(database.url, directory)).rejects.toThrow(
      "The migration 20270101000000_gone was applied and its folder is missing: restore it.",
    );
    expect((await readCatalog(superuser)).has("table next")).toBe(false);
  });

  test("a failing migration is named and leaves nothing; the ones before it stay", async () => {
    await addMigration("20270101000000_good", "CREATE TABLE good (id int);");
    await addMigration("20270102000000_bad", "CREATE TABLE half (id int); SELECT 1/0; CREATE TABLE rest (id int);");

    await expect(migrate(database.url, directory)).rejects.toThrow(
      "The migration 20270102000000_bad failed and left nothing: division by zero",
    );
    const catalog = await readCatalog(superuser);
    expect([catalog.has("table good"), catalog.has("table half"), catalog.has("table rest")]).toEqual([
      true,
      false,
      false,
    ]);
    expect((await bookkeeping()).map((row) => row.migration_name)).not.toContain("20270102000000_bad");
  });

  test("a failing down.sql changes nothing", async () => {
    await addMigration("20270101000000_kept", "CREATE TABLE kept (id int);", "DROP TABLE kept; SELECT 1/0;");
    await migrate(database.url, directory);

    await expect(rollback(database.url, 1, directory)).rejects.toThrow(
      "The rollback of 20270101000000_kept failed and changed nothing: division by zero",
    );
    expect((await readCatalog(superuser)).has("table kept")).toBe(true);
    expect((await bookkeeping()).map((row) => row.migration_name)).toContain("20270101000000_kept");
  });

  test("a migration without down.sql cannot be rolled back", async () => {
    await addMigration("20270101000000_oneway", "CREATE TABLE oneway (id int);");
    await migrate(database.url, directory);

    await expect(rollback(database.url, 1, directory)).rejects.toThrow("20270101000000_oneway has no down.sql");
  });

  test("a migration that failed under Prisma must be settled first", async () => {
    await migrate(database.url, directory);
    await superuser.query("UPDATE _prisma_migrations SET finished_at = NULL");
    const [name = ""] = await migrationNames(directory);

    await expect(migrate(database.url, directory)).rejects.toThrow(`The migration ${name} failed under Prisma`);
  });
});

describe("two migrators", () => {
  test("at once apply each migration once", async () => {
    const results = await Promise.all([migrate(database.url), migrate(database.url), migrate(database.url)]);

    const names = await migrationNames();
    expect(results.filter((applied) => applied.length > 0)).toEqual([names]);
    expect((await bookkeeping()).map((row) => row.migration_name)).toEqual(names);
  });

  test("the later waits for the lock that Prisma takes too", async () => {
    await superuser.query("SELECT pg_advisory_lock(72707369)");
    const migration = migrate(database.url);
    await vi.waitUntil(
      async () => {
        const waiting = await superuser.query(
          "SELECT FROM pg_stat_activity WHERE datname = current_database() AND wait_event = 'advisory'",
        );
        return waiting.rowCount === 1;
      },
      { timeout: 30_000 },
    );
    expect((await readCatalog(superuser)).has('table "Business"')).toBe(false);

    await superuser.query("SELECT pg_advisory_unlock(72707369)");
    expect(await migration).toEqual(await migrationNames());
  });
});

describe("Prisma's bookkeeping", () => {
  const SIMPLE = "20200101000000_simple";

  async function migrationsList() {
    const migrations = await readMigrations(directory);
    return {
      baseDir: directory,
      lockfile: { path: "migration_lock.toml", content: 'provider = "postgresql"\n' },
      shadowDbInitScript: "",
      migrationDirectories: migrations.map(({ name, sql }) => ({
        path: name,
        migrationFile: { path: "migration.sql", content: { tag: "ok" as const, value: sql } },
      })),
    };
  }

  /** What `prisma migrate deploy` does, by the same engine. */
  async function deployWithPrisma(url: string): Promise<string[]> {
    const list = await migrationsList();
    const filters = { externalTables: [], externalEnums: [] };
    const schema = 'datasource db {\n  provider = "postgresql"\n}\n';
    const applied = await withSchemaEngine(url, schema, (engine) =>
      engine.applyMigrations({ migrationsList: list, filters }),
    );
    return applied.appliedMigrationNames;
  }

  beforeEach(async () => {
    await rm(directory, { recursive: true });
    await mkdir(directory);
    await addMigration(SIMPLE, "CREATE TABLE simple (id int)", "DROP TABLE simple;");
  });

  test("the table and its rows are as Prisma's own engine writes them", async () => {
    const columnsSql = `SELECT column_name, data_type, character_maximum_length, is_nullable, column_default
      FROM information_schema.columns WHERE table_name = '_prisma_migrations' ORDER BY ordinal_position`;
    await withLogin(async (client) => applyMigrations(client, await readMigrations(directory)));
    const ours = { columns: (await superuser.query(columnsSql)).rows as unknown, rows: await bookkeeping() };
    await rollback(database.url, 1, directory);
    expect(await bookkeeping()).toEqual([]);
    await superuser.query("DROP TABLE _prisma_migrations");

    expect(await deployWithPrisma(database.url)).toEqual([SIMPLE]);
    const theirs = { columns: (await superuser.query(columnsSql)).rows as unknown, rows: await bookkeeping() };

    expect(ours.columns).toEqual(theirs.columns);
    const varying = {
      id: expect.stringMatching(/^[0-9a-f-]{36}$/),
      started_at: expect.any(Date),
      finished_at: expect.any(Date),
    };
    expect(ours.rows).toEqual(theirs.rows.map((row) => ({ ...row, ...varying })));
    expect(Number(ours.rows[0]?.finished_at)).toBeGreaterThanOrEqual(Number(ours.rows[0]?.started_at));
  });

  test("Prisma finds nothing to do after the runner, and the runner nothing after Prisma", async () => {
    await withLogin(async (client) => applyMigrations(client, await readMigrations(directory)));
    expect(await deployWithPrisma(database.url)).toEqual([]);

    await addMigration("20200102000000_more", "CREATE TABLE more (id int)");
    expect(await deployWithPrisma(database.url)).toEqual(["20200102000000_more"]);
    expect(await withLogin(async (client) => applyMigrations(client, await readMigrations(directory)))).toEqual([]);
  });
});

describe("up, down and up again with rows in every table", () => {
  /** Takes each migration of the folder up, down and up again; a line for everything that is then not as it was. */
  async function roundTrips(): Promise<string[]> {
    const migrations = await readMigrations(directory);
    const problems: string[] = [];
    const upTo = (count: number) => withLogin((client) => applyMigrations(client, migrations.slice(0, count)));
    for (let count = 1; count <= migrations.length; count++) {
      const older = await tableColumns(superuser);
      const olderCatalog = await readCatalog(superuser);
      if (older.size) await fillTwoBusinesses();
      const before = await dumpRows(superuser, older);

      await upTo(count);
      problems.push(...different(`after up ${count}`, before, await dumpRows(superuser, older)));
      const newerCatalog = await readCatalog(superuser);
      await fillTwoBusinesses();
      const full = await dumpRows(superuser, older);

      await rollback(database.url, 1, directory);
      problems.push(...different(`after down ${count}`, full, await dumpRows(superuser, older)));
      problems.push(...compareCatalogs(olderCatalog, await readCatalog(superuser)));

      await upTo(count);
      problems.push(...different(`after up again ${count}`, full, await dumpRows(superuser, older)));
      problems.push(...compareCatalogs(newerCatalog, await readCatalog(superuser)));
    }
    return problems;
  }

  async function fillTwoBusinesses(): Promise<void> {
    await fillEveryTable(superuser);
    await fillEveryTable(superuser);
  }

  function different(when: string, expected: Map<string, string[]>, found: Map<string, string[]>): string[] {
    return [...expected].flatMap(([table, rows]) =>
      JSON.stringify(rows) === JSON.stringify(found.get(table)) ? [] : [`${when}: the rows of ${table} differ`],
    );
  }

  test("a down.sql that loses rows is found out", async () => {
    // The owner is held to the policies, so this down.sql must lift them to reach the rows.
    await addMigration(
      "20270101000000_lossy",
      'ALTER TABLE "Contact" ADD COLUMN nickname text;',
      `ALTER TABLE "Contact" DROP COLUMN nickname; ALTER TABLE "LeadFact" NO FORCE ROW LEVEL SECURITY;
       DELETE FROM "LeadFact"; ALTER TABLE "LeadFact" FORCE ROW LEVEL SECURITY;`,
    );
    const count = (await migrationNames(directory)).length;
    expect(await roundTrips()).toEqual([
      `after down ${count}: the rows of LeadFact differ`,
      `after up again ${count}: the rows of LeadFact differ`,
    ]);
  });

  test("a down.sql that leaves something behind is found out", async () => {
    await addMigration("20270101000000_left", "CREATE TABLE left_over (id int);", "SELECT 1;");
    await expect(roundTrips()).rejects.toThrow('relation "left_over" already exists');
  });

  test("a further migration loses no row that the older schema can hold", async () => {
    await addMigration(
      "20270101000000_more",
      'ALTER TABLE "Contact" ADD COLUMN nickname text; CREATE TABLE more (id uuid PRIMARY KEY, note text NOT NULL);',
      'ALTER TABLE "Contact" DROP COLUMN nickname; DROP TABLE more;',
    );
    expect(await roundTrips()).toEqual([]);
  });

  test("the project's own migrations lose no row that the older schema can hold", async () => {
    expect(await roundTrips()).toEqual([]);
  });
});

describe("at the start of the program", () => {
  const missing = () => missingMigrations((sql) => superuser.query(sql));

  test("an empty database lacks every migration", async () => {
    expect(await missing()).toEqual(await migrationNames());
  });

  test("a migration begun and not finished, or rolled back, is lacking", async () => {
    await migrate(database.url);
    const names = await migrationNames();
    await superuser.query("UPDATE _prisma_migrations SET finished_at = NULL");
    expect(await missing()).toEqual(names);
    await superuser.query("UPDATE _prisma_migrations SET finished_at = now(), rolled_back_at = now()");
    expect(await missing()).toEqual(names);
  });

  test("a migrated database lacks none, and one newer than the code is tolerated", async () => {
    await addMigration("20270101000000_newer", "CREATE TABLE newer (id int);");
    await migrate(database.url, directory);
    expect(await missing()).toEqual([]);
  });

  test("a fault other than the missing table is not taken for a missing migration", async () => {
    const away = () => Promise.reject(Object.assign(new Error("connect ECONNREFUSED"), { code: "ECONNREFUSED" }));
    await expect(missingMigrations(away)).rejects.toThrow("ECONNREFUSED");
  });

  test("the refusal names the migration and what to run", () => {
    expect(new MissingMigrationError("20270101000000_next").message).toBe(
      "The database lacks the migration 20270101000000_next. Run npm run db:migrate.",
    );
  });
});
