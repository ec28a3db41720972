import { untilRouted } from "./drained";
import { latency, quantile, round, type Part } from "./figures";
import { type Stage } from "./stage";

/** Deliveries a second that the product must bear. */
export const RATE = 320;
/** Who they come from: customers numbered from 100,000 on. */
export const CUSTOMERS = { first: 100_000, count: 500 };
const GOAL_MS = 250;

/** How long an acknowledgement takes at a constant rate while the worker routes and answers. */
export async function measureRate(stage: Stage, seconds: number): Promise<Part> {
  const count = RATE * seconds;
  const before = await kept(stage);
  await stage.load({ url: stage.webhook, count: RATE * 3, customers: CUSTOMERS, pace: { rate: RATE } });
  const result = await stage.load({ url: stage.webhook, count, customers: CUSTOMERS, pace: { rate: RATE } });
  const behind = await untilRouted(stage);
  const lost = count + RATE * 3 - ((await kept(stage)) - before);
  const missed: string[] = [];
  if (!(quantile(result.latencies, 0.99) < GOAL_MS)) missed.push(`p99 under ${GOAL_MS} ms`);
  if (lost !== 0 || result.failed > 0) missed.push("nothing lost");
  return {
    name: `Acknowledgement at ${RATE}/s, worker running`,
    figures: {
      ...latency(result.latencies),
      deliveries: count,
      failed: result.failed,
      lost,
      "routed s after the last": round(behind, 1),
    },
    missed,
  };
}

async function kept({ query }: Stage): Promise<number> {
  const [row] = await query<{ n: number }>(`SELECT count(*)::int AS n FROM "Message"`);
  return row?.n ?? 0;
}
