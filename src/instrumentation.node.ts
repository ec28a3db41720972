import { pool } from "@/lib/db";
import { env } from "@/lib/env";
import { closeStreams } from "@/lib/events/stream";
import { startSender } from "@/lib/queue/queue";
import { MissingMigrationError, missingMigrations } from "@/lib/health/migrations";

/** Checks what the web server stands on; ends the process with one sentence when that is not right. */
export async function start(): Promise<void> {
  try {
    env();
    const [missing] = await missingMigrations((sql) => pool().query(sql));
    if (missing) throw new MissingMigrationError(missing);
    await startSender();
  } catch (error) {
    process.stderr.write(`${error instanceof Error ? error.message : String(error)}\n`);
    process.exit(1);
  }
  // Next waits for every answer to end before it stops; a stream ends only when told.
  for (const signal of ["SIGTERM", "SIGINT"] as const) process.once(signal, () => void closeStreams());
}
