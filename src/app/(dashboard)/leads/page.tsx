import type { Metadata } from "next";
import { Suspense } from "react";
import { Page } from "@/components/layout/Page";
import { LeadTable } from "@/components/leads/LeadTable";
import { PaneBoundary } from "@/components/ui/PaneBoundary";
import { Skeleton } from "@/components/ui/Skeleton";

export const metadata: Metadata = { title: "Leads" };

export default function LeadsPage() {
  return (
    <Page title="Leads">
      <PaneBoundary verb="show the leads">
        <Suspense fallback={<Skeleton rows={8} label="Loading the leads" />}>
          <LeadTable />
        </Suspense>
      </PaneBoundary>
    </Page>
  );
}
