"use client";
import { z } from "zod";
import { Button } from "@/components/ui/Button";
import { ErrorNote } from "@/components/ui/ErrorNote";
import { QueryState } from "@/components/ui/QueryState";
import { Time } from "@/components/ui/Time";
import type { ConversationDebug, SimulatedRetry } from "@/lib/conversation/schema";
import { DebugInbound, DebugOutbound, DebugTimeline } from "./DebugLists";
import { Facts } from "./DebugFacts";
import { useConversationDebug, useSimulateRetry } from "./useConversationDebug";

/** The live state of a conversation, its dedupe keys and its timeline; and a second delivery on demand. For admins. */
export function ConversationDebugPanel({ conversationId }: { conversationId: string }) {
  return (
    <section aria-label="Debug panel" className="grid gap-5 p-4 text-sm">
      <h2 className="text-base font-semibold">Debug</h2>
      <SimulateRetry conversationId={conversationId} />
      <QueryState query={useConversationDebug(conversationId)} verb="load the debug panel">
        {(debug) => (
          <>
            <State debug={debug} />
            <DebugOutbound rows={debug.outbound} />
            <DebugInbound rows={debug.inbound} />
            <DebugTimeline rows={debug.timeline} />
          </>
        )}
      </QueryState>
    </section>
  );
}

const OUTCOMES: Record<SimulatedRetry["blockedAt"], { title: string; where: string }> = {
  outboundDedupeKey: { title: "Blocked: no second reply", where: "Stopped at: outbound dedupe key." },
  noReplyDue: { title: "No reply was due", where: "There was nothing to stop." },
  notBlocked: { title: "Not blocked: a second reply would have passed", where: "Nothing stopped it. Report this." },
};

function SimulateRetry({ conversationId }: { conversationId: string }) {
  const retry = useSimulateRetry(conversationId);
  return (
    <div className="grid gap-2">
      <Button onClick={() => retry.mutate()} disabled={retry.isPending}>
        Simulate webhook retry
      </Button>
      <div role="status" aria-label="Result of the retry">
        {retry.data && (
          <div
            className={`grid gap-1 rounded-md px-3 py-2 ${retry.data.blockedAt === "notBlocked" ? "bg-bad-soft" : "bg-accent-soft"}`}
          >
            <p className="font-medium">{OUTCOMES[retry.data.blockedAt].title}</p>
            <p>{retry.data.explanation}</p>
            <p>
              Inbound guard: {retry.data.inboundGuard}. {OUTCOMES[retry.data.blockedAt].where}
            </p>
            {retry.data.outboundDedupeKey && (
              <p className="font-mono text-xs break-all">{retry.data.outboundDedupeKey}</p>
            )}
          </div>
        )}
      </div>
      {retry.error && <ErrorNote error={retry.error} verb="simulate a retry" />}
    </div>
  );
}

function State({ debug }: { debug: ConversationDebug }) {
  return (
    <Facts
      title="Live state"
      facts={{
        Handler: debug.handler === "AI" ? "Receptionist" : "Person",
        "Questions asked": debug.questionsAskedCount,
        "Last question": debug.lastQuestionKey,
        "State version": debug.stateVersion,
        Fence: debug.fence,
        "Lease owner": debug.leaseOwner,
        "Lease until": debug.leaseUntil && <Time at={debug.leaseUntil} />,
        "Last message in": debug.lastInboundAt && <Time at={debug.lastInboundAt} />,
        "Last reply": debug.lastReplyAt && <Time at={debug.lastReplyAt} />,
        ...Object.fromEntries(
          Object.entries(debug.knownFields).map(([field, fact]) => [`Known: ${field}`, knownFact(fact)]),
        ),
      }}
    />
  );
}

const KnownFact = z.object({ value: z.string(), engine: z.string(), confidence: z.number() });

/** A fact as the conversation keeps it for audit: the words, who read them, how sure. */
function knownFact(kept: unknown): string {
  const { data } = KnownFact.safeParse(kept);
  return data ? `${data.value} (${data.engine}, ${Math.round(data.confidence * 100)}%)` : JSON.stringify(kept);
}
