const REPEAT_MS = 1_000;

/**
 * Aborts at the first Ctrl-C, SIGTERM or SIGHUP; a later one calls `onSecond`. One Ctrl-C can arrive twice, from the
 * terminal and from npm, so what follows within a second counts as the same.
 */
export function stopSignal(onSecond: () => void): AbortSignal {
  const stopping = new AbortController();
  let first = 0;
  for (const signal of ["SIGINT", "SIGTERM", "SIGHUP"] as const) {
    process.on(signal, () => {
      if (!stopping.signal.aborted) {
        first = Date.now();
        console.log("Stopping");
        stopping.abort();
      } else if (Date.now() - first > REPEAT_MS) onSecond();
    });
  }
  return stopping.signal;
}
