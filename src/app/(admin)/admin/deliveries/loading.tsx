import { Skeleton } from "@/components/ui/Skeleton";

export default function DeliveriesLoading() {
  return <Skeleton rows={8} label="Loading the deliveries" />;
}
