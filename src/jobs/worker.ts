import type { JobResult, PgBoss } from "pg-boss";
import { closeDb, pool, systemDb } from "@/lib/db";
import { env } from "@/lib/env";
import { MissingMigrationError, missingMigrations } from "@/lib/health/migrations";
import { log } from "@/lib/observability/log";
import { stopSender, worker, type JobName, type Jobs } from "@/lib/queue/queue";
import { sweep } from "@/lib/sweeper/sweep";
import { jobContext, REGISTRY } from "./registry";

const SWEEP_EVERY_MS = 5_000;
const SHUTDOWN_MS = 12_000;

async function main(): Promise<void> {
  env();
  const [missing] = await missingMigrations((sql) => pool().query(sql));
  if (missing) throw new MissingMigrationError(missing);
  const boss = await worker();
  for (const name of Object.keys(REGISTRY) as JobName[]) await register(boss, name);
  const stopSweeping = sweepForEver();
  let stopping = false;
  const stop = async () => {
    if (stopping) return;
    stopping = true;
    stopSweeping();
    await boss.stop({ graceful: true, timeout: SHUTDOWN_MS });
    await stopSender();
    await closeDb();
    log().info("worker stopped");
    process.exit(0);
  };
  for (const signal of ["SIGTERM", "SIGINT"] as const) process.on(signal, () => void stop());
  // Started by the launcher: when it is gone, so are we.
  if (process.connected) process.once("disconnect", () => void stop());
  log().info("worker ready");
}

/** Each job of a batch is settled by itself: one that fails is tried again without the others. */
async function register<N extends JobName>(boss: PgBoss, name: N): Promise<void> {
  const { options, run } = REGISTRY[name];
  await boss.work<Jobs[N]>(name, { ...options, perJobResults: true }, (jobs) =>
    Promise.all(
      jobs.map(async ({ id, data }): Promise<JobResult> => {
        try {
          await run(data);
          return { id, status: "completed" };
        } catch (err) {
          log().error({ err, job: name, id }, "job failed");
          return { id, status: "failed", output: { message: err instanceof Error ? err.message : String(err) } };
        }
      }),
    ),
  );
}

function sweepForEver(): () => void {
  let timer: NodeJS.Timeout;
  let stopped = false;
  const next = async () => {
    await sweep(systemDb(), jobContext).catch((err: unknown) => log().error({ err }, "sweep failed"));
    if (!stopped) timer = setTimeout(() => void next(), SWEEP_EVERY_MS);
  };
  timer = setTimeout(() => void next(), 0);
  return () => {
    stopped = true;
    clearTimeout(timer);
  };
}

main().catch((error: unknown) => {
  process.stderr.write(`${error instanceof Error ? error.message : String(error)}\n`);
  process.exit(1);
});
