import type { ReactNode } from "react";
import { Icon, type IconName } from "./Icon";

/** What will be here, in one sentence, and one thing to do. */
export function EmptyState({
  icon,
  title,
  children,
  action,
}: {
  icon: IconName;
  title: string;
  children?: ReactNode;
  action?: ReactNode;
}) {
  return (
    <div className="grid justify-items-center gap-2 px-6 py-12 text-center">
      <Icon name={icon} className="size-8 text-muted" />
      <p className="text-lg font-medium">{title}</p>
      {children && <p className="max-w-prose text-muted">{children}</p>}
      {action}
    </div>
  );
}
