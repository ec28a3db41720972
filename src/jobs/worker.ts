import { setPriority } from "node:os";
import type { Job, JobResult, PgBoss } from "pg-boss";
import { closeDb, pool, systemDb } from "@/lib/db";
import { env } from "@/lib/env";
import { MissingMigrationError, missingMigrations } from "@/lib/health/migrations";
import { log } from "@/lib/observability/log";
import { startSender, stopSender, worker, type JobName, type Jobs } from "@/lib/queue/queue";
import { sweep } from "@/lib/sweeper/sweep";
import { jobContext, REGISTRY } from "./registry";

const SWEEP_EVERY_MS = 5_000;
const SHUTDOWN_MS = 12_000;

async function main(): Promise<void> {
  env();
  // Whoever waits at the webhook or at a page comes first.
  setPriority(5);
  const [missing] = await missingMigrations((sql) => pool().query(sql));
  if (missing) throw new MissingMigrationError(missing);
  await startSender();
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
  log().info("worker ready");
}

/** Each job of a batch is settled by itself: one that fails is tried again without the others. */
async function register<N extends JobName>(boss: PgBoss, name: N): Promise<void> {
  const { options, run, runTogether } = REGISTRY[name];
  const settle = async ({ id, data }: Job<Jobs[N]>): Promise<JobResult> => {
    try {
      await run(data);
      return { id, status: "completed" };
    } catch (err) {
      log().error({ err, job: name, id }, "job failed");
      return { id, status: "failed", output: { message: err instanceof Error ? err.message : String(err) } };
    }
  };
  await boss.work<Jobs[N]>(name, { ...options, perJobResults: true }, async (jobs) => {
    if (!runTogether || jobs.length === 1) return Promise.all(jobs.map(settle));
    try {
      await runTogether(jobs.map(({ data }) => data));
      return jobs.map(({ id }): JobResult => ({ id, status: "completed" }));
    } catch (err) {
      log().warn({ err, job: name, jobs: jobs.length }, "a batch failed; each job runs by itself");
      return Promise.all(jobs.map(settle));
    }
  });
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
