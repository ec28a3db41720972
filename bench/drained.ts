import { setTimeout as delay } from "node:timers/promises";
import { type Stage } from "./stage";

const PATIENCE_MS = 600_000;

/** Waits until every stored delivery is routed; the seconds that took. Throws after ten minutes. */
export async function untilRouted({ query }: Stage): Promise<number> {
  return waited(async () => {
    const [row] = await query<{ n: number }>(
      `SELECT count(*)::int AS n FROM "RawWebhookEvent" WHERE status = 'RECEIVED'`,
    );
    return row?.n === 0;
  });
}

/** Waits until every message has had its turn and every reply its request. */
export async function untilReplied({ query }: Stage): Promise<number> {
  return waited(async () => {
    const [row] = await query<{ n: number }>(`
      SELECT (SELECT count(*) FROM "Message" WHERE "processedAt" IS NULL)::int
        + (SELECT count(*) FROM "OutboundMessageLog" WHERE status IN ('PENDING', 'SENDING'))::int AS n`);
    return row?.n === 0;
  });
}

async function waited(done: () => Promise<boolean>): Promise<number> {
  const started = performance.now();
  while (!(await done())) {
    if (performance.now() - started > PATIENCE_MS) throw new Error("The worker did not finish within ten minutes.");
    await delay(250);
  }
  return (performance.now() - started) / 1000;
}
