import { Skeleton } from "@/components/ui/Skeleton";

export default function HealthLoading() {
  return <Skeleton rows={8} label="Loading the figures" />;
}
