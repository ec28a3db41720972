"use client";

import { SegmentError } from "@/components/layout/SegmentError";

export default function SignInError({ error, retry }: { error: unknown; retry: () => void }) {
  return <SegmentError error={error} retry={retry} verb="show the ways to sign in" />;
}
