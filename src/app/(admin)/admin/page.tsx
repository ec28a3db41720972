import type { Metadata } from "next";
import { Suspense } from "react";
import { AiHealthView } from "@/components/health/AiHealthView";
import { AlertList } from "@/components/health/AlertList";
import { Page } from "@/components/layout/Page";
import { PaneBoundary } from "@/components/ui/PaneBoundary";
import { Skeleton } from "@/components/ui/Skeleton";
import { requireSession } from "@/lib/auth/pageSession";

export const metadata: Metadata = { title: "Health" };

export default async function AdminPage() {
  const { businessId } = await requireSession();
  return (
    <Page title="Health">
      <PaneBoundary verb="show the alerts">
        <Suspense fallback={<Skeleton rows={2} label="Loading the alerts" />}>
          <AlertList businessId={businessId} />
        </Suspense>
      </PaneBoundary>
      <PaneBoundary verb="show the figures">
        <Suspense fallback={<Skeleton rows={8} label="Loading the figures" />}>
          <AiHealthView businessId={businessId} />
        </Suspense>
      </PaneBoundary>
    </Page>
  );
}
