import { type ChildProcess } from "node:child_process";
import { round, type Part } from "./figures";
import { residentMb } from "./processes";
import { CUSTOMERS } from "./rate";
import { type Stage } from "./stage";

const FIRST = 10_000;
const GOAL = 1.1;
const CONNECTIONS = 50;

/**
 * The resident size of web and worker after the first 10,000 deliveries, and at the end of `deliveries`, as fast as they
 * are acknowledged; the worker is routing and answering all the while.
 */
export async function measureMemory(stage: Stage, worker: ChildProcess, deliveries: number): Promise<Part> {
  const sizes = async () => ({ web: await residentMb(stage.web), worker: await residentMb(worker) });
  const send = async (count: number) => {
    const load = { url: stage.webhook, count, customers: CUSTOMERS, pace: { connections: CONNECTIONS } };
    return (await stage.load(load)).failed;
  };
  let failed = await send(FIRST);
  const first = await sizes();
  for (let sent = FIRST; sent < deliveries; sent += FIRST) failed += await send(Math.min(FIRST, deliveries - sent));
  const last = await sizes();
  const missed: string[] = [];
  for (const name of ["web", "worker"] as const)
    if (!(last[name] <= first[name] * GOAL)) missed.push(`${name} within 10% of its size after the first ${FIRST}`);
  if (failed > 0) missed.push("every request answered with 200");
  return {
    name: `Resident size over ${deliveries} deliveries`,
    figures: {
      "web MB first": round(first.web),
      "web MB end": round(last.web),
      "worker MB first": round(first.worker),
      "worker MB end": round(last.worker),
      failed,
    },
    missed,
  };
}
