import { MutationCache } from "@tanstack/react-query";
import type { Trouble } from "@/components/ui/TroubleToast";
import { ApiError } from "@/lib/http/client";

declare module "@tanstack/react-query" {
  interface Register {
    /** `verb` completes "Unable to …" on a toast with Retry; for writes that may run twice with the same variables. */
    mutationMeta: { verb?: string };
  }
}

/** The cache of writes, which tells of the last one that failed because the server or the network is away, and of its end. */
export function watchWrites(show: (trouble: Trouble | null) => void): MutationCache {
  return new MutationCache({
    onMutate: (_variables, { meta }) => {
      if (meta?.verb) show(null);
    },
    onError: (error, variables, _result, mutation) => {
      const verb = mutation.meta?.verb;
      if (!verb || !(error instanceof ApiError) || !error.isOutage) return;
      // A second failure comes back here, as another toast.
      const retry = () => void mutation.execute(variables).catch(() => undefined);
      show({ error, verb, retry });
    },
  });
}
