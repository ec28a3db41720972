import {
  RateLimiterMemory,
  RateLimiterPostgres,
  RateLimiterRes,
  type RateLimiterAbstract,
} from "rate-limiter-flexible";
import { raiseAlert } from "@/lib/alerts/queries";
import { pool, systemDb } from "@/lib/db";
import { env } from "@/lib/env";
import { RateLimitError } from "@/lib/error-handler";
import { log } from "@/lib/observability/log";

/** Whose requests are counted: a signed-in user's, a stranger's, anyone's at sign-in, a provider's. */
export type Limit = "user" | "anonymous" | "auth" | "webhook";

const WINDOW_S = 60;
// Meta sends a thousand messages a second at most; a source is held in each process to ten times that.
const WEBHOOKS_PER_MINUTE = 600_000;
const LATEST_ANSWER_MS = 1_000;
const TELL_AGAIN_MS = 60_000;

interface Limiters {
  byLimit: Record<Limit, RateLimiterAbstract>;
  toldAt: number;
  untold: boolean;
}

const shared = globalThis as typeof globalThis & { frontdeskLimiters?: Limiters };

/**
 * Counts a request of `caller` and says in `headers` where they stand. One round trip, none once the caller is over the
 * limit. Throws RATE_LIMITED. A limiter that cannot be reached lets requests pass and raises an alert.
 */
export async function countRequest(limit: Limit, caller: string, headers: Headers): Promise<void> {
  const limiter = limiters().byLimit[limit];
  let result: RateLimiterRes;
  try {
    result = await limiter.consume(caller);
  } catch (thrown) {
    if (!(thrown instanceof RateLimiterRes)) return tell(thrown);
    const seconds = describe(limiter, thrown, headers);
    throw new RateLimitError(seconds);
  }
  describe(limiter, result, headers);
  if (limiters().untold) raise();
}

function describe(limiter: RateLimiterAbstract, result: RateLimiterRes, headers: Headers): number {
  const seconds = Math.ceil(result.msBeforeNext / 1000);
  headers.set("RateLimit-Limit", String(limiter.points));
  headers.set("RateLimit-Remaining", String(result.remainingPoints));
  headers.set("RateLimit-Reset", String(seconds));
  return seconds;
}

function limiters(): Limiters {
  return (shared.frontdeskLimiters ??= { byLimit: make(), toldAt: 0, untold: false });
}

function make(): Limiters["byLimit"] {
  const { RATE_LIMIT_USER, RATE_LIMIT_ANONYMOUS, RATE_LIMIT_AUTH } = env();
  const inDatabase = (keyPrefix: Limit, points: number) =>
    new RateLimiterPostgres({
      keyPrefix,
      points,
      duration: WINDOW_S,
      // A flood stops at the process: who has spent the window's points asks the database no more until it ends.
      inMemoryBlockOnConsumed: points,
      storeClient: statements,
      storeType: "client",
      tableName: "RateLimit",
      tableCreated: true,
      // The table is one; so is who clears it.
      clearExpiredByTimeout: keyPrefix === "anonymous",
    });
  return {
    user: inDatabase("user", RATE_LIMIT_USER),
    anonymous: inDatabase("anonymous", RATE_LIMIT_ANONYMOUS),
    auth: inDatabase("auth", RATE_LIMIT_AUTH),
    webhook: new RateLimiterMemory({ keyPrefix: "webhook", points: WEBHOOKS_PER_MINUTE, duration: WINDOW_S }),
  };
}

/** The present pool, without named statements: a pooler in front of PostgreSQL may not know them. */
const statements = {
  query: ({ text, values }: { text: string; values: unknown[] }) =>
    pool().query({ text, values, query_timeout: LATEST_ANSWER_MS } as { text: string; values: unknown[] }),
};

function tell(err: unknown): void {
  const state = limiters();
  if (Date.now() - state.toldAt < TELL_AGAIN_MS) return;
  state.toldAt = Date.now();
  log().error({ err }, "the rate limiter is away; requests pass uncounted");
  raise();
}

/** Without keeping the request waiting; where the alert cannot be written either, the next counted request tries again. */
function raise(): void {
  const state = limiters();
  state.untold = false;
  const trouble = {
    kind: "limiter_away" as const,
    subject: "rate limits",
    message: "Requests could not be counted for a while, and passed without a limit.",
  };
  systemDb()
    .$transaction((tx) => raiseAlert(tx, null, trouble))
    .catch(() => (state.untold = true));
}
