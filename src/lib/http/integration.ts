import {
  BrokenCircuitError,
  circuitBreaker,
  CircuitState,
  ConsecutiveBreaker,
  ExponentialBackoff,
  handleAll,
  type CircuitBreakerPolicy,
} from "cockatiel";
import { IntegrationError } from "@/lib/error-handler";
import { log } from "@/lib/observability/log";

const FAILURES_IN_A_ROW = 5;
const PAUSE_MS = { initialDelay: 2_000, maxDelay: 60_000 };

interface Outcome {
  failed: boolean;
}

const breakers = new Map<string, CircuitBreakerPolicy>();

/** Another service by name, behind a circuit breaker of its own in this process. Names come from settings, never from a request. */
export function integration(name: string) {
  const breaker = breakers.get(name) ?? newBreaker(name);
  return {
    /**
     * Runs a request. What it throws, and a result that `isOutage` calls one, counts as a failure. After 5 in a row
     * nothing runs for some seconds, then one request tries. Throws IntegrationError (CIRCUIT_OPEN) where it did not run.
     */
    async run<T>(request: () => Promise<T>, isOutage: (result: T) => boolean = () => false): Promise<T> {
      // The library lets the others wait for the one that tries; a send that waits would outlive its lease.
      if (breaker.state === CircuitState.HalfOpen) throw new IntegrationError(name, "CIRCUIT_OPEN");
      try {
        const outcome = await breaker.execute(async () => {
          const result = await request();
          return { result, failed: isOutage(result) };
        });
        return outcome.result;
      } catch (cause) {
        if (cause instanceof BrokenCircuitError) throw new IntegrationError(name, "CIRCUIT_OPEN", { cause });
        throw cause;
      }
    },
  };
}

function newBreaker(name: string): CircuitBreakerPolicy {
  const breaker = circuitBreaker(
    handleAll.orWhenResult((outcome) => (outcome as Outcome).failed),
    { breaker: new ConsecutiveBreaker(FAILURES_IN_A_ROW), halfOpenAfter: new ExponentialBackoff(PAUSE_MS) },
  );
  breaker.onBreak(() => log().warn({ integration: name }, "circuit opened"));
  breaker.onReset(() => log().info({ integration: name }, "circuit closed"));
  breakers.set(name, breaker);
  return breaker;
}
