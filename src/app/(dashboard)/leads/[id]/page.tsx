import type { Metadata } from "next";
import { Suspense } from "react";
import { LeadPage } from "@/components/leads/LeadPage";
import { Skeleton } from "@/components/ui/Skeleton";

export const metadata: Metadata = { title: "Lead" };

export default async function LeadRoute({ params }: { params: Promise<{ id: string }> }) {
  const { id } = await params;
  return (
    <Suspense fallback={<Skeleton rows={5} label="Loading the lead" />}>
      <LeadPage id={id} />
    </Suspense>
  );
}
