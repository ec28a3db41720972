"use client";

import { catchError, type ErrorInfo } from "next/error";
import { ErrorNote } from "./ErrorNote";

function Fallback({ verb }: { verb: string }, { error, retry }: ErrorInfo) {
  return (
    <div className="p-4">
      <ErrorNote error={error} verb={verb} onRetry={retry} />
    </div>
  );
}

/** Keeps a failing pane from taking the page with it. `verb` completes "Unable to …". */
export const PaneBoundary = catchError(Fallback);
