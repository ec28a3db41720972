"use client";

import type { UseQueryResult } from "@tanstack/react-query";
import type { ReactNode } from "react";
import { ApiError } from "@/lib/http/client";
import { EmptyState } from "./EmptyState";
import { ErrorNote } from "./ErrorNote";
import { Skeleton } from "./Skeleton";

/** A read in each of its states: coming, here, not there, refused, failed. What was read once stays while a later read fails. */
export function QueryState<T>({
  query,
  verb,
  skeleton = <Skeleton />,
  missing,
  children,
}: {
  query: UseQueryResult<T>;
  verb: string;
  skeleton?: ReactNode;
  /** shown for a row that is not there */
  missing?: ReactNode;
  children: (data: T) => ReactNode;
}) {
  const { data, error } = query;
  const retry = () => void query.refetch();
  if (data !== undefined)
    return (
      <>
        {error && isOutage(error) && <ErrorNote error={error} verb={verb} onRetry={retry} />}
        {children(data)}
      </>
    );
  if (!error || statusOf(error) === 401) return skeleton;
  if (statusOf(error) === 404 && missing) return missing;
  if (isOutage(error))
    return (
      <div className="p-4">
        <ErrorNote error={error} verb={verb} onRetry={retry} />
      </div>
    );
  return error instanceof ApiError ? (
    <EmptyState icon="question" title={error.message}>
      {error.userMessage} ({error.supportCode})
    </EmptyState>
  ) : null;
}

function statusOf(error: Error): number | undefined {
  return error instanceof ApiError ? error.status : undefined;
}

function isOutage(error: Error): boolean {
  return !(error instanceof ApiError) || error.isOutage;
}
