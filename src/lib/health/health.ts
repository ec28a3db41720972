import { countPausedChannels, oldestWaitingJob, pingDatabase } from "@/lib/health/queries";
import { log } from "@/lib/observability/log";

type Status = "ok" | "degraded" | "down";

interface Part {
  status: Status;
  latencyMs: number;
}

/** GET /api/health */
export interface Health {
  status: Status;
  parts: { database: Part; queue: Part & { oldestWaitingSeconds?: number }; whatsapp: Part };
  at: string;
}

/** A check that has not answered by then counts as failed, in milliseconds. */
const DEADLINE = 1_500;
/** A job that waits for longer means that no worker keeps up, in seconds. */
const LONGEST_WAIT = 60;

let running: Promise<Health> | undefined;

/** How the installation is. Always answers within two seconds; calls at the same moment share one look. */
export function checkHealth(): Promise<Health> {
  return (running ??= look().finally(() => (running = undefined)));
}

async function look(): Promise<Health> {
  const [database, queue, whatsapp] = await Promise.all([
    timed("database", pingDatabase),
    timed("queue", oldestWaitingJob),
    timed("whatsapp", countPausedChannels),
  ]);
  const parts: Health["parts"] = {
    database: part(database, "down", true),
    queue: {
      ...part(queue, "degraded", (queue.value ?? 0) <= LONGEST_WAIT),
      ...(queue.value !== undefined && { oldestWaitingSeconds: Math.round(queue.value) }),
    },
    whatsapp: part(whatsapp, "degraded", whatsapp.value === 0),
  };
  const well = Object.values(parts).every(({ status }) => status === "ok");
  const status = parts.database.status === "down" ? "down" : well ? "ok" : "degraded";
  return { status, parts, at: new Date().toISOString() };
}

function part({ value, latencyMs }: Timed<unknown>, failed: Status, well: boolean): Part {
  return { status: value === undefined ? failed : well ? "ok" : "degraded", latencyMs };
}

interface Timed<T> {
  /** absent: the check failed or was too slow */
  value: T | undefined;
  latencyMs: number;
}

async function timed<T>(name: string, check: (deadline: number) => Promise<T>): Promise<Timed<T>> {
  const start = performance.now();
  const value = await Promise.race([check(DEADLINE), late()]).catch((err: unknown) => {
    log().warn({ err, part: name }, "health check failed");
    return undefined;
  });
  return { value, latencyMs: Math.round(performance.now() - start) };
}

function late(): Promise<never> {
  return new Promise((_, reject) => {
    setTimeout(() => reject(new Error(`No answer within ${DEADLINE} ms`)), DEADLINE).unref();
  });
}
