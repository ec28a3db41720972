"use client";

import { Button } from "./Button";
import { ErrorNote } from "./ErrorNote";

/** A write that failed for a reason that passes. */
export interface Trouble {
  error: Error;
  /** completes "Unable to …" */
  verb: string;
  retry: () => void;
}

/** Passing trouble above whatever page is open, one at a time: read out as it appears, and there until it is answered. */
export function TroubleToast({ trouble, onDismiss }: { trouble: Trouble | null; onDismiss: () => void }) {
  return (
    <div className="pointer-events-none fixed inset-x-3 bottom-18 z-20 md:right-4 md:bottom-4 md:left-auto md:w-72">
      {trouble && (
        <div className="pointer-events-auto rounded-md bg-raised shadow-float">
          <ErrorNote error={trouble.error} verb={trouble.verb} onRetry={trouble.retry}>
            <Button look="quiet" onClick={onDismiss}>
              Dismiss
            </Button>
          </ErrorNote>
        </div>
      )}
    </div>
  );
}
