import { compareCatalogs, readCatalog } from "./catalog";
import { applyMigrations, migrationStatus } from "./migrate";
import { readMigrations } from "./migrationFiles";
import { compareSchema } from "./schemaEngine";
import { withClient, withShadowDatabase } from "./shadow";

/** Files other than the project's own, for tests. */
export interface SchemaSources {
  directory?: string;
  schemaFile?: string;
}

/** How schema.prisma, the migrations and the database at `url` differ, one entry for each difference; none: they agree. */
export async function findDrift(url: string, { directory, schemaFile }: SchemaSources = {}): Promise<string[]> {
  const migrations = await readMigrations(directory);
  const statuses = await withClient(url, (client) => migrationStatus(client, migrations));
  const history = statuses
    .filter(({ state }) => state !== "applied")
    .map(({ name, state }) => `The migration ${name} is ${state}.`);
  // Held against what the database claims to have, so that a pending migration is one line and not all its tables.
  const claimed = new Set(statuses.filter(({ state }) => state !== "pending").map(({ name }) => name));
  const applied = migrations.filter(({ name }) => claimed.has(name));
  const found = await withClient(url, readCatalog);
  return withShadowDatabase(url, applied, async (shadow) => {
    const database = compareCatalogs(await withClient(shadow, readCatalog), found);
    await withClient(shadow, (client) => applyMigrations(client, migrations));
    const { up, summary } = await compareSchema(shadow, schemaFile);
    const schema = up === undefined ? [] : [`No migration brings what schema.prisma says:\n${summary}`];
    return [...history, ...schema, ...database];
  });
}
