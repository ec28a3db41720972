import type { Metadata } from "next";
import { Suspense } from "react";
import { ConversationView } from "@/components/conversation/ConversationView";
import { Skeleton } from "@/components/ui/Skeleton";
import { requireSession } from "@/lib/auth/pageSession";

export const metadata: Metadata = { title: "Conversation" };

export default async function ConversationPage({ params }: { params: Promise<{ id: string }> }) {
  const [{ id }, { isAdmin }] = await Promise.all([params, requireSession()]);
  return (
    <Suspense fallback={<Skeleton rows={8} label="Loading the conversation" />}>
      <ConversationView key={id} id={id} isAdmin={isAdmin} />
    </Suspense>
  );
}
