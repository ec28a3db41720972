import { existsSync } from "node:fs";
import path from "node:path";
import { startPostgres } from "../embedded/postgres";

/** The database that a command works on. */
export interface CommandDatabase {
  /** unpooled */
  url: string;
  /** whether it may be emptied without asking: the embedded one, or a demonstration's */
  disposable: boolean;
}

const ROOT = path.resolve(import.meta.dirname, "../..");

/** Hands `work` the database that the environment or .env names, else the embedded one, started for it where it does not run. */
export async function withDatabase<T>(work: (database: CommandDatabase) => Promise<T>): Promise<T> {
  const dotenv = path.join(ROOT, ".env");
  if (existsSync(dotenv)) process.loadEnvFile(dotenv);
  const url = process.env.DATABASE_DIRECT_URL || process.env.DATABASE_URL;
  if (url) return work({ url, disposable: process.env.FRONTDESK_DEMO === "1" });
  const postgres = await startPostgres(
    path.resolve(process.env.FRONTDESK_DATA_DIR || path.join(ROOT, ".data"), "postgres"),
  );
  try {
    return await work({ url: postgres.url, disposable: true });
  } finally {
    await postgres.stop();
  }
}
