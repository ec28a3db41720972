"use client";

import { useLiveEvents } from "./useLiveEvents";

/** Keeps the page live; says so where it has not been for a while. */
export function LiveEvents() {
  const down = useLiveEvents();
  return (
    <div role="status">
      {down && (
        <p className="animate-appear-late bg-warn-soft px-4 py-1 text-sm text-warn">
          Live updates are interrupted. Connecting again.
        </p>
      )}
    </div>
  );
}
