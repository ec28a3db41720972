import { v7 as uuidv7 } from "uuid";
import { BEGIN_SYSTEM, pool } from "@/lib/db";
import { AppError, toAppError } from "@/lib/error-handler";
import { sendJobsOn } from "@/lib/queue/queue";

// The provider is answered within 2 s, whatever hangs: 503, and it delivers again.
const DEADLINE_MS = 1_800;
// What arrives while these are under way shares the next one: under load a commit, and the queue's own statement, serve many.
const MOST_AT_ONCE = 2;
const MOST_BYTES = 4 * 1024 * 1024;
// The bodies that may wait while the database is slow; beyond that a delivery is refused at once.
const MOST_BYTES_WAITING = 64 * 1024 * 1024;

interface Delivery {
  id: string;
  source: "whatsapp";
  body: Buffer;
  /** when it is refused, by the process's own clock in milliseconds */
  deadline: number;
  stored: () => void;
  failed: (error: unknown) => void;
}

const waiting = new Set<Delivery>();
let bytesWaiting = 0;
let underWay = 0;

/**
 * Keeps a webhook's raw bytes and enqueues its routing in one transaction: after this returns nothing can be lost.
 * Throws DATABASE_UNAVAILABLE at the deadline, or at once where too much waits; what is stored after all is then
 * delivered twice, and kept once.
 */
export async function storeDelivery(source: "whatsapp", body: Buffer): Promise<void> {
  if (bytesWaiting + body.length > MOST_BYTES_WAITING) throw unavailable();
  const { promise, resolve: stored, reject: failed } = Promise.withResolvers<void>();
  const delivery = { id: uuidv7(), source, body, deadline: performance.now() + DEADLINE_MS, stored, failed };
  const late = setTimeout(() => {
    stopWaiting(delivery);
    failed(unavailable());
  }, DEADLINE_MS);
  waiting.add(delivery);
  bytesWaiting += body.length;
  if (underWay < MOST_AT_ONCE) void storeWaiting();
  await promise.finally(() => clearTimeout(late));
}

function unavailable(): AppError {
  return new AppError("DATABASE_UNAVAILABLE", { headers: { "Retry-After": "5" } });
}

function stopWaiting(delivery: Delivery): void {
  if (waiting.delete(delivery)) bytesWaiting -= delivery.body.length;
}

async function storeWaiting(): Promise<void> {
  underWay += 1;
  while (waiting.size > 0) {
    const batch = nextBatch();
    await storeTogether(batch).then(
      () => batch.forEach(({ stored }) => stored()),
      (error: unknown) => batch.forEach(({ failed }) => failed(toAppError(error))),
    );
  }
  underWay -= 1;
}

/** The oldest that wait, whole, up to a size that one statement carries well. */
function nextBatch(): Delivery[] {
  let bytes = 0;
  const all = [...waiting];
  const beyond = all.findIndex(({ body }, at) => (bytes += body.length) > MOST_BYTES && at > 0);
  const batch = beyond === -1 ? all : all.slice(0, beyond);
  batch.forEach(stopWaiting);
  return batch;
}

/**
 * Four statements on one connection, without the ORM: this is the one path where a round trip counts. They share the
 * time that the youngest of the batch has left.
 */
async function storeTogether(batch: Delivery[]): Promise<void> {
  const deadline = Math.max(...batch.map((delivery) => delivery.deadline));
  const client = await pool().connect();
  const run = (text: string, values?: unknown[]) => {
    const left = Math.ceil(deadline - performance.now());
    if (left <= 0) throw unavailable();
    return client.query({ text, ...(values && { values }), query_timeout: left } as { text: string });
  };
  try {
    await run(BEGIN_SYSTEM);
    await run(
      `INSERT INTO "RawWebhookEvent" (id, source, body) SELECT * FROM unnest($1::uuid[], $2::text[], $3::bytea[])`,
      [batch.map(({ id }) => id), batch.map(({ source }) => source), batch.map(({ body }) => body)],
    );
    await sendJobsOn(
      { executeSql: run },
      "ingest",
      batch.map(({ id }) => ({ data: { rawEventId: id }, singletonKey: id })),
    );
    await run("COMMIT");
  } catch (error) {
    // The transaction's state is unknown; a fresh connection is cheaper than finding out.
    client.release(true);
    throw error;
  }
  client.release();
}
