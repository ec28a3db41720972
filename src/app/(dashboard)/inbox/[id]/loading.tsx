import { Skeleton } from "@/components/ui/Skeleton";

export default function ConversationLoading() {
  return <Skeleton rows={8} label="Loading the conversation" />;
}
