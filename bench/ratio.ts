import { median, round, type Part } from "./figures";
import { type Stage } from "./stage";

const CONNECTIONS = 50;
const WARM_UP = 4_000;
const GOAL = 0.5;

/** Deliveries acknowledged per second beside the bare handler's, no worker running, in rounds that take turns. */
export async function measureRatio(stage: Stage, rounds: number, seconds: number): Promise<Part> {
  const { bare, webhook } = stage;
  const rates: Record<string, number[]> = { [bare]: [], [webhook]: [] };
  const counts: Record<string, number> = {};
  let acknowledged = 0;
  let failed = 0;
  const run = async (url: string, count: number) => {
    const customers = { first: 0, count: 500 };
    const result = await stage.load({ url, count, customers, pace: { connections: CONNECTIONS } });
    failed += result.failed;
    if (url === webhook) acknowledged += result.acknowledged;
    return result.acknowledged / result.seconds;
  };
  for (const url of [bare, webhook]) {
    await run(url, WARM_UP);
    counts[url] = Math.round((await run(url, WARM_UP)) * seconds);
  }
  for (let turn = 0; turn < rounds; turn++)
    for (const url of [bare, webhook]) rates[url]?.push(await run(url, counts[url] ?? WARM_UP));
  const [stored] = await stage.query<{ n: number }>(`SELECT count(*)::int AS n FROM "RawWebhookEvent"`);
  const [ceiling, real] = [median(rates[bare] ?? []), median(rates[webhook] ?? [])];
  const missed: string[] = [];
  if (!(real / ceiling >= GOAL)) missed.push(`ratio of at least ${GOAL}`);
  if (failed > 0) missed.push("every request answered with 200");
  if (stored?.n !== acknowledged) missed.push("as many stored as acknowledged");
  // The worker of the next parts begins with an empty queue.
  await stage.query(`TRUNCATE "RawWebhookEvent"; DELETE FROM pgboss.job`);
  return {
    name: "Acknowledged per second beside a bare handler",
    figures: {
      "bare handler /s": round(ceiling),
      "webhook /s": round(real),
      ratio: round(real / ceiling, 3),
      rounds,
      acknowledged,
      stored: stored?.n ?? 0,
      failed,
    },
    missed,
  };
}
