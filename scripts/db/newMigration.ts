import { mkdir, writeFile } from "node:fs/promises";
import path from "node:path";
import { MigrationError } from "./migrate";
import { MIGRATIONS_DIRECTORY, readMigrations } from "./migrationFiles";
import type { SchemaSources } from "./drift";
import { compareSchema } from "./schemaEngine";
import { withShadowDatabase } from "./shadow";

/**
 * Writes the migration that brings the migrations to schema.prisma, with its down.sql; undefined when nothing changed.
 * `url` is a server to compare on. CHECKs, policies and conditional indexes, which schema.prisma cannot say, are added by hand.
 */
export async function writeMigration(
  url: string,
  title: string,
  { directory = MIGRATIONS_DIRECTORY, schemaFile }: SchemaSources = {},
  now = new Date(),
): Promise<string | undefined> {
  const slug = title
    .toLowerCase()
    .replaceAll(/[^a-z0-9]+/g, "_")
    .replaceAll(/^_|_$/g, "");
  if (!slug) throw new MigrationError("A migration needs a name of letters and digits.");
  const migrations = await readMigrations(directory);
  const difference = await withShadowDatabase(url, migrations, (shadow) => compareSchema(shadow, schemaFile));
  if (difference.up === undefined) return undefined;
  const name = `${now.toISOString().replaceAll(/\D/g, "").slice(0, 14)}_${slug}`;
  const folder = path.join(directory, name);
  await mkdir(folder);
  await writeFile(path.join(folder, "migration.sql"), difference.up);
  await writeFile(path.join(folder, "down.sql"), difference.down);
  return folder;
}
