import { createHash } from "node:crypto";
import { access, readdir, readFile } from "node:fs/promises";
import path from "node:path";

/** The project's own migrations. */
export const MIGRATIONS_DIRECTORY = path.resolve(import.meta.dirname, "../../prisma/migrations");

export interface Migration {
  /** the folder's name, e.g. 20261120130000_init */
  name: string;
  sql: string;
  /** sha256 of migration.sql as it lies on disk, hex, which is what Prisma keeps */
  checksum: string;
  /** absent: the migration cannot be rolled back */
  downSql: string | undefined;
}

/** The names of the migrations in a folder of Prisma's layout, oldest first. */
export async function migrationNames(directory = MIGRATIONS_DIRECTORY): Promise<string[]> {
  const entries = await readdir(directory, { withFileTypes: true });
  return entries
    .filter((entry) => entry.isDirectory())
    .map((entry) => entry.name)
    .sort();
}

/** Reads all migrations in a folder of Prisma's layout, oldest first. */
export async function readMigrations(directory = MIGRATIONS_DIRECTORY): Promise<Migration[]> {
  const names = await migrationNames(directory);
  return Promise.all(names.map((name) => readMigration(directory, name)));
}

async function readMigration(directory: string, name: string): Promise<Migration> {
  const folder = path.join(directory, name);
  const content = await readFile(path.join(folder, "migration.sql"));
  const down = path.join(folder, "down.sql");
  const hasDown = await access(down).then(
    () => true,
    () => false,
  );
  return {
    name,
    sql: content.toString("utf8"),
    checksum: createHash("sha256").update(content).digest("hex"),
    downSql: hasDown ? await readFile(down, "utf8") : undefined,
  };
}
