import { MIGRATIONS } from "@/generated/migrations";

/** The database is older than the code. */
export class MissingMigrationError extends Error {
  override name = "MissingMigrationError";

  constructor(migration: string, options?: ErrorOptions) {
    super(`The database lacks the migration ${migration}. Run npm run db:migrate.`, options);
  }
}

type Query = (sql: string) => Promise<{ rows: { migration_name: string }[] }>;

/**
 * The migrations that this code was built with and the database behind `query` lacks, oldest first. Newer ones in the
 * database are tolerated: old code runs on the newer schema while a release is under way.
 */
export async function missingMigrations(query: Query): Promise<string[]> {
  const applied = new Set((await appliedMigrations(query)).map((row) => row.migration_name));
  return MIGRATIONS.filter((name) => !applied.has(name));
}

const UNDEFINED_TABLE = "42P01";

async function appliedMigrations(query: Query): Promise<{ migration_name: string }[]> {
  try {
    const { rows } = await query(
      "SELECT migration_name FROM _prisma_migrations WHERE finished_at IS NOT NULL AND rolled_back_at IS NULL",
    );
    return rows;
  } catch (error) {
    if (error instanceof Error && "code" in error && error.code === UNDEFINED_TABLE) return [];
    throw error;
  }
}
