import { v7 as uuidv7 } from "uuid";
import { BEGIN_SYSTEM, pool } from "@/lib/db";
import { AppError } from "@/lib/error-handler";
import { sendJobsOn } from "@/lib/queue/queue";

// The provider is answered within 2 s, whatever hangs: 503, and it delivers again.
const DEADLINE_MS = 1_800;
// What arrives while these are under way shares the next one: under load a commit, and the queue's own statement, serve many.
const MOST_AT_ONCE = 2;
const MOST_BYTES = 4 * 1024 * 1024;

interface Delivery {
  id: string;
  source: "whatsapp";
  body: Buffer;
  stored: () => void;
  failed: (error: unknown) => void;
}

const waiting: Delivery[] = [];
let underWay = 0;

/**
 * Keeps a webhook's raw bytes and enqueues its routing in one transaction: after this returns nothing can be lost.
 * Throws DATABASE_UNAVAILABLE at the deadline; what is stored after all is then delivered twice, and kept once.
 */
export async function storeDelivery(source: "whatsapp", body: Buffer): Promise<void> {
  const { promise, resolve: stored, reject: failed } = Promise.withResolvers<void>();
  const refuse = () => failed(new AppError("DATABASE_UNAVAILABLE", { headers: { "Retry-After": "5" } }));
  const late = setTimeout(refuse, DEADLINE_MS);
  waiting.push({ id: uuidv7(), source, body, stored, failed });
  if (underWay < MOST_AT_ONCE) void storeWaiting();
  await promise.finally(() => clearTimeout(late));
}

async function storeWaiting(): Promise<void> {
  underWay += 1;
  while (waiting.length > 0) {
    const batch = nextBatch();
    await storeTogether(batch).then(
      () => batch.forEach(({ stored }) => stored()),
      (error: unknown) => batch.forEach(({ failed }) => failed(error)),
    );
  }
  underWay -= 1;
}

/** The oldest that wait, whole, up to a size that one statement carries well. */
function nextBatch(): Delivery[] {
  let bytes = 0;
  const beyond = waiting.findIndex(({ body }, at) => (bytes += body.length) > MOST_BYTES && at > 0);
  return waiting.splice(0, beyond === -1 ? waiting.length : beyond);
}

/** Four statements on one connection, without the ORM: this is the one path where a round trip counts. */
async function storeTogether(batch: Delivery[]): Promise<void> {
  const client = await pool().connect();
  const run = (text: string, values?: unknown[]) =>
    client.query({ text, ...(values && { values }), query_timeout: DEADLINE_MS } as { text: string });
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
