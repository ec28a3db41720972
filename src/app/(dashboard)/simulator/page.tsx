import type { Metadata } from "next";
import { Suspense } from "react";
import { Page } from "@/components/layout/Page";
import { SimulatorView } from "@/components/simulator/SimulatorView";
import { PaneBoundary } from "@/components/ui/PaneBoundary";
import { Skeleton } from "@/components/ui/Skeleton";

export const metadata: Metadata = { title: "Simulator" };

export default function SimulatorPage() {
  return (
    <Page title="Simulator">
      <PaneBoundary verb="show the simulator">
        <Suspense fallback={<Skeleton label="Loading the simulator" />}>
          <SimulatorView />
        </Suspense>
      </PaneBoundary>
    </Page>
  );
}
