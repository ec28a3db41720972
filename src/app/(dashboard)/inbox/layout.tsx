import { Suspense, type ReactNode } from "react";
import { InboxPane } from "@/components/conversation/InboxPane";
import { Skeleton } from "@/components/ui/Skeleton";

export default function InboxLayout({ children }: { children: ReactNode }) {
  return (
    <div className="flex min-h-0 flex-1">
      <Suspense fallback={<Skeleton rows={8} label="Loading the inbox" />}>
        <InboxPane />
      </Suspense>
      {children}
    </div>
  );
}
