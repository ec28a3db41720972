"use client";

import { Button } from "@/components/ui/Button";
import { ErrorNote } from "@/components/ui/ErrorNote";
import { useDecideUncertain } from "./useOutbound";

/** What a person may do about a message of which nobody knows whether it arrived. */
export function UncertainActions({ conversationId, outboundId }: { conversationId: string; outboundId: string }) {
  const decide = useDecideUncertain(conversationId, outboundId);
  const busy = decide.isPending || decide.isSuccess;
  return (
    <div className="grid gap-2">
      <div className="flex justify-end gap-2">
        <Button disabled={busy} onClick={() => decide.mutate("resend")}>
          Send again
        </Button>
        <Button look="quiet" disabled={busy} onClick={() => decide.mutate("leave")}>
          Leave it
        </Button>
      </div>
      {decide.error && <ErrorNote error={decide.error} verb="note your decision" />}
    </div>
  );
}
