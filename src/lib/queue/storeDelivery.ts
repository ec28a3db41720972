import { v7 as uuidv7 } from "uuid";
import { BEGIN_SYSTEM, pool } from "@/lib/db";
import { sendJobsOn } from "@/lib/queue/queue";

// The provider is answered within 2 s, whatever hangs: 503, and it delivers again.
const DEADLINE_MS = 1_800;

/**
 * Keeps a webhook's raw bytes and enqueues its routing in one transaction: after this returns nothing can be lost.
 * Four statements on one connection, without the ORM: this is the one path where a round trip counts.
 */
export async function storeDelivery(source: "whatsapp", body: Buffer): Promise<void> {
  const id = uuidv7();
  const until = performance.now() + DEADLINE_MS;
  const client = await pool().connect();
  const run = (text: string, values?: unknown[]) =>
    client.query({ text, ...(values && { values }), query_timeout: Math.max(1, until - performance.now()) } as {
      text: string;
    });
  try {
    await run(BEGIN_SYSTEM);
    await run(`INSERT INTO "RawWebhookEvent" (id, source, body) VALUES ($1, $2, $3)`, [id, source, body]);
    await sendJobsOn({ executeSql: run }, "ingest", [{ data: { rawEventId: id }, singletonKey: id }]);
    await run("COMMIT");
  } catch (error) {
    // The transaction's state is unknown; a fresh connection is cheaper than finding out.
    client.release(true);
    throw error;
  }
  client.release();
}
