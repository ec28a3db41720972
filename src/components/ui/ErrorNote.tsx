import type { ReactNode } from "react";
import { Button } from "./Button";
import { describeError } from "./describeError";
import { Icon } from "./Icon";

/** What happened, what to do, the support code; and a way to try again where that can help. */
export function ErrorNote({
  error,
  verb,
  onRetry,
  children,
}: {
  error: unknown;
  /** completes "Unable to …" */
  verb: string;
  onRetry?: (() => void) | undefined;
  children?: ReactNode;
}) {
  const words = describeError(error, verb);
  return (
    <div role="alert" className="flex flex-wrap items-center gap-x-3 gap-y-1 rounded-md bg-bad-soft px-3 py-2 text-sm">
      <Icon name="triangle" className="size-4 text-bad" />
      <p className="min-w-40 flex-1">
        <span className="font-medium">{words.title}</span>
        <span className="block text-muted">{words.hint}</span>
      </p>
      {onRetry && (
        <Button look="quiet" onClick={onRetry}>
          Retry
        </Button>
      )}
      {children}
    </div>
  );
}
