import { untilReplied, untilRouted } from "./drained";
import { latency, quantile, type Part } from "./figures";
import { type Stage } from "./stage";

const RATE = 20;
const GOAL_MS = 500;
const WARM_UP = 100;
const FIRST_CUSTOMER = 10_000;

/** From the moment a new customer's message is due at the webhook to the request with the reply at Graph. */
export async function measureReply(stage: Stage, seconds: number): Promise<Part> {
  const send = (first: number, count: number) =>
    stage.load({ url: stage.webhook, count, customers: { first, count }, pace: { rate: RATE } });
  await send(FIRST_CUSTOMER, WARM_UP);
  const { dueAt, failed } = await send(FIRST_CUSTOMER + WARM_UP, RATE * seconds);
  await untilRouted(stage);
  await untilReplied(stage);
  const replies = Map.groupBy((await stage.graph()).taken, ([to]) => to);
  const waits: number[] = [];
  let notOne = 0;
  for (const [customer, due] of Object.entries(dueAt)) {
    const [reply, ...further] = replies.get(customer) ?? [];
    if (!reply || further.length > 0) notOne += 1;
    if (reply) waits.push(reply[1] - due);
  }
  const missed: string[] = [];
  if (!(quantile(waits, 0.95) < GOAL_MS)) missed.push(`p95 under ${GOAL_MS} ms`);
  if (notOne > 0 || failed > 0) missed.push("exactly one reply to each");
  return {
    name: `Message to reply at ${RATE}/s`,
    figures: { ...latency(waits), messages: RATE * seconds, "not exactly one reply": notOne },
    missed,
  };
}
