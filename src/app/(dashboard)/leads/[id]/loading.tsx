import { Skeleton } from "@/components/ui/Skeleton";

export default function LeadLoading() {
  return <Skeleton rows={5} label="Loading the lead" />;
}
