import type { Metadata } from "next";
import { EmptyState } from "@/components/ui/EmptyState";

export const metadata: Metadata = { title: "Inbox" };

export default function InboxPage() {
  return (
    <div className="hidden flex-1 content-center border-l border-line md:grid">
      <EmptyState icon="inbox" title="Choose a conversation">
        It opens here, with what is known of the customer beside it.
      </EmptyState>
    </div>
  );
}
