import { PgBoss, type JobInsert, type Queue } from "pg-boss";
import { env } from "@/lib/env";
import { pool, type Tx } from "@/lib/db";
import { log } from "@/lib/observability/log";

/** Every queue and what its jobs carry: ids, never content. */
export interface Jobs {
  /** route a stored webhook into conversations */
  ingest: { rawEventId: string };
  /** let the receptionist read what is unprocessed in a conversation */
  turn: { businessId: string; conversationId: string };
  /** send what is pending in a conversation */
  deliver: { businessId: string; conversationId: string };
}
export type JobName = keyof Jobs;

// One attempt and 3 retries after 1, 2 and 4 s. Policy short: at most one waiting job of a key
// (a raw event's id, a conversation's id), however often it is asked for.
const RETRY = { retryLimit: 3, retryDelay: 1, retryBackoff: true, notify: true };
export const QUEUES: Record<JobName, Omit<Queue, "name"> & { policy: string }> = {
  ingest: { ...RETRY, policy: "short", expireInSeconds: 60, deleteAfterSeconds: 3600 },
  turn: { ...RETRY, policy: "short", expireInSeconds: 60, deleteAfterSeconds: 3600 },
  deliver: { ...RETRY, policy: "short", expireInSeconds: 120, deleteAfterSeconds: 3600 },
};

export interface NewJob<N extends JobName> {
  data: Jobs[N];
  /** at most one job of this key waits */
  singletonKey: string;
  startAfter?: Date;
}

type Executor = { executeSql(text: string, values?: unknown[]): Promise<{ rows: unknown[] }> };

const shared = globalThis as typeof globalThis & { frontdeskBoss?: Promise<PgBoss> };

/** A queue client that only sends; started once per process. */
function sender(): Promise<PgBoss> {
  return (shared.frontdeskBoss ??= start(
    new PgBoss({
      db: { executeSql: (text, values) => pool().query(text, values as unknown[]) },
      schedule: false,
      supervise: false,
      migrate: false,
      createSchema: false,
    }),
  ).catch((error: unknown) => {
    delete shared.frontdeskBoss;
    throw error;
  }));
}

/**
 * Makes the sending client ready. A process does this once, before its first transaction: the client reads the queues
 * on a connection of its own, and transactions that hold all of them would wait for it for ever.
 */
export async function startSender(): Promise<void> {
  await sender();
}

/** A queue client that works: listens on the direct connection, keeps the queues in order. */
export function worker(): Promise<PgBoss> {
  return start(
    new PgBoss({
      connectionString: env().DATABASE_DIRECT_URL,
      application_name: "frontdesk-worker",
      max: 6,
      useListenNotify: true,
      migrate: false,
      createSchema: false,
    }),
  );
}

async function start(boss: PgBoss): Promise<PgBoss> {
  boss.on("error", (err) => log().error({ err }, "queue"));
  boss.on("warning", (warning) => log().warn({ warning }, "queue"));
  await boss.start();
  return boss;
}

/** Adds jobs inside the caller's transaction: they exist when it commits, and only then. */
export async function sendJobs<N extends JobName>(tx: Tx, name: N, jobs: NewJob<N>[]): Promise<void> {
  if (jobs.length === 0) return;
  await insert(name, jobs, {
    executeSql: async (text, values = []) => ({ rows: await tx.$queryRawUnsafe(text, ...values) }),
  });
}

/** The same on a bare connection that has begun a transaction. */
export async function sendJobsOn<N extends JobName>(executor: Executor, name: N, jobs: NewJob<N>[]): Promise<void> {
  await insert(name, jobs, executor);
}

async function insert<N extends JobName>(name: N, jobs: NewJob<N>[], executor: Executor): Promise<void> {
  const boss = await sender();
  const rows: JobInsert[] = jobs.map(({ startAfter, ...job }) => ({ ...job, ...(startAfter && { startAfter }) }));
  await boss.insert(name, rows, { db: executor as never, returnId: false });
}

/** Lets go of the sending client. */
export async function stopSender(): Promise<void> {
  const boss = await shared.frontdeskBoss;
  delete shared.frontdeskBoss;
  await boss?.stop({ graceful: false });
}
