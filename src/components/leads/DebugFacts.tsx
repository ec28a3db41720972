import type { ReactNode } from "react";

/** Names and values under each other; "none" where there is no value. */
export function Facts({ title, facts }: { title: string; facts: Record<string, ReactNode> }) {
  return (
    <div className="grid gap-1.5">
      <h3 className="font-medium">{title}</h3>
      <dl className="grid grid-cols-[auto_1fr] gap-x-3 gap-y-1">
        {Object.entries(facts).map(([name, value]) => (
          <div key={name} className="contents">
            <dt className="text-muted">{name}</dt>
            <dd className="min-w-0 text-right wrap-anywhere tabular-nums">{value ?? "none"}</dd>
          </div>
        ))}
      </dl>
    </div>
  );
}
