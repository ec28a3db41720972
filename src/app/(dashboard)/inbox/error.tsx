"use client";

import { SegmentError } from "@/components/layout/SegmentError";

export default function InboxError({ error, retry }: { error: unknown; retry: () => void }) {
  return <SegmentError error={error} retry={retry} verb="show the inbox" />;
}
