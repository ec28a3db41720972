import { Skeleton } from "@/components/ui/Skeleton";

export default function InboxLoading() {
  return <Skeleton rows={8} label="Loading the inbox" />;
}
