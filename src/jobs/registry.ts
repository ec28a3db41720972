import { v7 as uuidv7 } from "uuid";
import type { WorkOptions } from "pg-boss";
import type { Ctx } from "@/lib/context";
import { systemDb, tenantDb } from "@/lib/db";
import { ingest } from "@/lib/inbound/ingest";
import { log } from "@/lib/observability/log";
import { deliver } from "@/lib/outbound/deliver";
import { sendJobs, type JobName, type Jobs } from "@/lib/queue/queue";
import { runTurn } from "@/lib/turn/runTurn";

interface Registration<N extends JobName> {
  options: WorkOptions;
  run: (data: Jobs[N]) => Promise<void>;
  /** the same for a whole batch; where it fails, each job is run by itself */
  runTogether?: (batch: Jobs[N][]) => Promise<void>;
}

// A NOTIFY wakes a worker at once; polling is the net below, and what finds jobs whose time has come.
const POLLING = { pollingIntervalSeconds: 1, notifyPollingIntervalSeconds: 1, burstWhenBatchFull: true };

/** Every job the worker runs: how many at once, and the one call it makes. */
export const REGISTRY: { [N in JobName]: Registration<N> } = {
  ingest: {
    options: { ...POLLING, batchSize: 50 },
    run: ({ rawEventId }) => ingest({ system: systemDb(), tenant: tenantDb }, rawEventId),
    runTogether: (batch) =>
      ingest({ system: systemDb(), tenant: tenantDb }, ...batch.map(({ rawEventId }) => rawEventId)),
  },
  turn: {
    options: { ...POLLING, localConcurrency: 2, batchSize: 5 },
    run: ({ businessId, conversationId }) => comeBack("turn", runTurn, businessId, conversationId),
  },
  deliver: {
    options: { ...POLLING, localConcurrency: 4, batchSize: 5 },
    run: ({ businessId, conversationId }) => comeBack("deliver", deliver, businessId, conversationId),
  },
};

/** What a job works with; the request id ties together what it writes. */
export function jobContext(businessId: string): Ctx {
  const requestId = uuidv7();
  return {
    db: tenantDb(businessId),
    businessId,
    actor: { kind: "engine" },
    requestId,
    log: log().child({ requestId }),
    now: () => new Date(),
  };
}

async function comeBack(
  name: "turn" | "deliver",
  work: (ctx: Ctx, conversationId: string) => Promise<Date | null>,
  businessId: string,
  conversationId: string,
): Promise<void> {
  const startAfter = await work(jobContext(businessId), conversationId);
  if (!startAfter) return;
  // Apart from the key of what is due at once: a job for later must not stand in its way.
  const singletonKey = `${conversationId}@${Math.ceil(startAfter.getTime() / 1000)}`;
  const job = { data: { businessId, conversationId }, singletonKey, startAfter };
  await systemDb().$transaction((tx) => sendJobs(tx, name, [job]));
}
