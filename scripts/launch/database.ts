import path from "node:path";
import { isDatabaseAway } from "@/lib/error-handler";
import { startPostgres } from "../embedded/postgres";
import { StartError } from "../embedded/startError";
import type { Settings } from "./settings";

/** Starts the embedded database where none is given, and points the settings at it. Resolves with how to stop it. */
export async function openDatabase({ embedded, dataDirectory, variables }: Settings): Promise<() => Promise<void>> {
  if (embedded) {
    const postgres = await startPostgres(path.join(dataDirectory, "postgres"));
    variables.DATABASE_URL = postgres.url;
    Object.assign(process.env, variables);
    return () => postgres.stop();
  }
  Object.assign(process.env, variables);
  return () => Promise.resolve();
}

/** Brings an embedded database up to date; one that was given must be so already. Adds the demo where it is asked for. */
export async function prepareDatabase({ embedded, parsed, variables }: Settings): Promise<void> {
  try {
    if (embedded) await migrateEmbedded(variables.DATABASE_URL ?? "");
    else await requireMigrations();
    const { bindFirstChannel, seedDemo } = await import("../../prisma/seed");
    const { endDemoSessions } = await import("@/lib/auth/demo");
    await (parsed.FRONTDESK_DEMO ? seedDemo() : endDemoSessions());
    await bindFirstChannel();
  } catch (cause) {
    if (!isDatabaseAway(cause)) throw cause;
    const { hostname, port } = new URL(variables.DATABASE_URL ?? "");
    throw new StartError(`The database at ${hostname}:${port || "5432"} cannot be reached.`, { cause });
  } finally {
    const { closeDb } = await import("@/lib/db");
    await closeDb();
  }
}

// What needs the generated Prisma client is imported when it is there.
async function migrateEmbedded(url: string): Promise<void> {
  const { migrate } = await import("../db/migrate");
  for (const name of await migrate(url)) console.log(`Applied the migration ${name}`);
}

async function requireMigrations(): Promise<void> {
  const { missingMigrations, MissingMigrationError } = await import("@/lib/health/migrations");
  const { pool } = await import("@/lib/db");
  const [missing] = await missingMigrations((sql) => pool().query(sql));
  if (missing) throw new MissingMigrationError(missing);
}
