import { Skeleton } from "@/components/ui/Skeleton";

export default function LeadsLoading() {
  return <Skeleton rows={8} label="Loading the leads" />;
}
