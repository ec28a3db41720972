import { randomUUID } from "node:crypto";
import pg from "pg";
import { installQueue } from "@/lib/queue/install";
import { readMigrations, type Migration } from "./migrationFiles";

/** A migration is refused or failed; the message names it and says why. */
export class MigrationError extends Error {
  override name = "MigrationError";
}

export interface MigrationStatus {
  name: string;
  state: "applied" | "pending" | "changed since it was applied" | "applied, its file is missing" | "failed";
}

interface Row {
  migration_name: string;
  checksum: string;
  finished_at: Date | null;
}

// The key that Prisma's own engine locks, so that its CLI and this runner never migrate at once.
const LOCK_KEY = 72707369;

// As Prisma's engine makes it, column for column.
const BOOKKEEPING = `CREATE TABLE IF NOT EXISTS _prisma_migrations (
  id                  VARCHAR(36) PRIMARY KEY NOT NULL,
  checksum            VARCHAR(64) NOT NULL,
  finished_at         TIMESTAMPTZ,
  migration_name      VARCHAR(255) NOT NULL,
  logs                TEXT,
  rolled_back_at      TIMESTAMPTZ,
  started_at          TIMESTAMPTZ NOT NULL DEFAULT now(),
  applied_steps_count INTEGER NOT NULL DEFAULT 0
)`;

/**
 * Applies every pending migration and brings the queue's schema up to date. `connectionString` is unpooled.
 * Resolves with the names applied. Throws MigrationError for a changed, missing or failing migration.
 */
export async function migrate(connectionString: string, directory?: string): Promise<string[]> {
  const migrations = await readMigrations(directory);
  return withLockedClient(connectionString, async (client) => {
    const applied = await applyMigrations(client, migrations);
    await installQueue(connectionString, client);
    return applied;
  });
}

/** Applies the pending ones of `migrations` on a connection, one transaction each, and nothing else. */
export async function applyMigrations(client: pg.ClientBase, migrations: Migration[]): Promise<string[]> {
  await client.query(BOOKKEEPING);
  const statuses = await migrationStatus(client, migrations);
  requireSoundHistory(statuses);
  const pending = new Set(statuses.filter(({ state }) => state === "pending").map(({ name }) => name));
  for (const migration of migrations) if (pending.has(migration.name)) await apply(client, migration);
  return [...pending];
}

/** Takes back the last `steps` applied migrations, newest first. Throws MigrationError when one has no down.sql or it fails. */
export async function rollback(connectionString: string, steps = 1, directory?: string): Promise<string[]> {
  const migrations = await readMigrations(directory);
  return withLockedClient(connectionString, async (client) => {
    const names = (await appliedRows(client)).map((row) => row.migration_name).sort();
    const last = names.slice(-steps).reverse();
    for (const name of last)
      await takeBack(
        client,
        name,
        migrations.find((migration) => migration.name === name),
      );
    return last;
  });
}

/** Every migration known to the folder or to the database, and where it stands, oldest first. */
export async function migrationStatus(client: pg.ClientBase, migrations: Migration[]): Promise<MigrationStatus[]> {
  const rows = new Map((await appliedRows(client)).map((row) => [row.migration_name, row]));
  const files = new Map(migrations.map((migration) => [migration.name, migration]));
  const names = [...new Set([...rows.keys(), ...files.keys()])].sort();
  return names.map((name) => ({ name, state: stateOf(rows.get(name), files.get(name)) }));
}

function stateOf(row: Row | undefined, file: Migration | undefined): MigrationStatus["state"] {
  if (!row) return "pending";
  if (row.finished_at === null) return "failed";
  if (!file) return "applied, its file is missing";
  return row.checksum === file.checksum ? "applied" : "changed since it was applied";
}

function requireSoundHistory(statuses: MigrationStatus[]): void {
  for (const { name, state } of statuses) {
    if (state === "changed since it was applied")
      throw new MigrationError(
        `The migration ${name} was applied and its migration.sql has changed since: restore it.`,
      );
    if (state === "applied, its file is missing")
      throw new MigrationError(`The migration ${name} was applied and its folder is missing: restore it.`);
    if (state === "failed")
      throw new MigrationError(`The migration ${name} failed under Prisma: settle it with prisma migrate resolve.`);
  }
}

async function appliedRows(client: pg.ClientBase): Promise<Row[]> {
  const { rows } = await client.query<{ there: boolean }>(
    "SELECT to_regclass('_prisma_migrations') IS NOT NULL AS there",
  );
  if (!rows[0]?.there) return [];
  const applied = await client.query<Row>(
    "SELECT migration_name, checksum, finished_at FROM _prisma_migrations WHERE rolled_back_at IS NULL",
  );
  return applied.rows;
}

function apply(client: pg.ClientBase, { name, sql, checksum }: Migration): Promise<void> {
  return inTransaction(client, `The migration ${name} failed and left nothing`, async () => {
    // clock_timestamp: now() is the transaction's start, and Prisma keeps both ends.
    await client.query(
      "INSERT INTO _prisma_migrations (id, checksum, migration_name, started_at) VALUES ($1, $2, $3, clock_timestamp())",
      [randomUUID(), checksum, name],
    );
    await client.query(sql);
    await client.query(
      `UPDATE _prisma_migrations SET finished_at = clock_timestamp(), applied_steps_count = 1
       WHERE migration_name = $1 AND rolled_back_at IS NULL`,
      [name],
    );
  });
}

function takeBack(client: pg.ClientBase, name: string, file: Migration | undefined): Promise<void> {
  const down = file?.downSql;
  if (down === undefined) throw new MigrationError(`The migration ${name} has no down.sql and cannot be rolled back.`);
  return inTransaction(client, `The rollback of ${name} failed and changed nothing`, async () => {
    await client.query(down);
    await client.query("DELETE FROM _prisma_migrations WHERE migration_name = $1", [name]);
  });
}

async function inTransaction(client: pg.ClientBase, failure: string, work: () => Promise<void>): Promise<void> {
  await client.query("BEGIN");
  try {
    await work();
    await client.query("COMMIT");
  } catch (cause) {
    await client.query("ROLLBACK").catch(() => undefined);
    throw new MigrationError(`${failure}: ${cause instanceof Error ? cause.message : String(cause)}`, { cause });
  }
}

async function withLockedClient<T>(connectionString: string, work: (client: pg.Client) => Promise<T>): Promise<T> {
  const client = new pg.Client({ connectionString, application_name: "frontdesk-migrate" });
  await client.connect();
  try {
    await client.query("SELECT pg_advisory_lock($1)", [LOCK_KEY]);
    return await work(client);
  } finally {
    // Ending the session releases the lock.
    await client.end();
  }
}
