"use client";

import { useOpenAlerts } from "./useAlerts";

/** How many alerts are open, beside the way to the inbox. */
export function AlertCount() {
  const count = useOpenAlerts().data?.length ?? 0;
  if (count === 0) return null;
  return (
    <span className="rounded-md bg-warn-soft px-1.5 text-xs font-medium text-warn md:ml-auto">
      {count}
      <span className="sr-only">{count === 1 ? " alert" : " alerts"}</span>
    </span>
  );
}
