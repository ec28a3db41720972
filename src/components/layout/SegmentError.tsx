"use client";

import { ErrorNote } from "@/components/ui/ErrorNote";

/** What a page shows when it could not be drawn; the shell around it stays. */
export function SegmentError({ error, retry, verb }: { error: unknown; retry: () => void; verb: string }) {
  return (
    <div className="p-4">
      <ErrorNote error={error} verb={verb} onRetry={retry} />
    </div>
  );
}
