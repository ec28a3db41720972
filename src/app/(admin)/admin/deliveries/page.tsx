import type { Metadata } from "next";
import { Suspense } from "react";
import { DeliveryList } from "@/components/health/DeliveryList";
import { Page } from "@/components/layout/Page";
import { PaneBoundary } from "@/components/ui/PaneBoundary";
import { Skeleton } from "@/components/ui/Skeleton";

export const metadata: Metadata = { title: "Deliveries" };

export default function DeliveriesPage() {
  return (
    <Page title="Deliveries">
      <PaneBoundary verb="show the deliveries">
        <Suspense fallback={<Skeleton rows={8} label="Loading the deliveries" />}>
          <DeliveryList />
        </Suspense>
      </PaneBoundary>
    </Page>
  );
}
