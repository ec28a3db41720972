import { Suspense, type ReactNode } from "react";
import { AlertStrip } from "@/components/alerts/AlertStrip";
import { InboxPane } from "@/components/conversation/InboxPane";
import { PaneBoundary } from "@/components/ui/PaneBoundary";
import { Skeleton } from "@/components/ui/Skeleton";
import { requireSession } from "@/lib/auth/pageSession";

export default async function InboxLayout({ children }: { children: ReactNode }) {
  const isOwner = (await requireSession()).role === "OWNER";
  return (
    <>
      <PaneBoundary verb="show the alerts">
        <AlertStrip isOwner={isOwner} />
      </PaneBoundary>
      <div className="flex min-h-0 flex-1">
        <Suspense fallback={<Skeleton rows={8} label="Loading the inbox" />}>
          <InboxPane isOwner={isOwner} />
        </Suspense>
        {children}
      </div>
    </>
  );
}
