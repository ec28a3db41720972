"use client";

import Link from "next/link";
import { QueryState } from "@/components/ui/QueryState";
import { Cell, Table } from "@/components/ui/Table";
import { Time } from "@/components/ui/Time";
import type { AiHealth } from "@/lib/health/schema";
import { OUTBOUND_STATUSES } from "@/lib/outbound/schema";
import { useAiHealth } from "./useHealth";

/** How the receptionist fares; `businessId` is the one whose conversations the reader can open. */
export function AiHealthView({ businessId }: { businessId: string | null }) {
  return (
    <QueryState query={useAiHealth()} verb="load the figures">
      {(health) => (
        <>
          <Figures health={health} />
          <LastReplies health={health} />
          <LastConversations health={health} businessId={businessId} />
        </>
      )}
    </QueryState>
  );
}

function Figures({ health }: { health: AiHealth }) {
  const counts = OUTBOUND_STATUSES.map((status) => [sentence(status), health.statusCounts[status] ?? 0] as const);
  const { inbound, outbound } = health.dedupeCollisions;
  const figures = [...counts, ["Inbound collisions", inbound], ["Outbound collisions", outbound]] as const;
  return (
    <section aria-labelledby="figures-heading" className="grid gap-2">
      <h2 id="figures-heading" className="font-semibold">
        Replies by state, and what the dedupe keys stopped
      </h2>
      <dl className="flex flex-wrap gap-x-8 gap-y-3">
        {figures.map(([name, value]) => (
          <div key={name}>
            <dt className="text-xs text-muted">{name}</dt>
            <dd className="text-xl font-semibold tabular-nums">{value}</dd>
          </div>
        ))}
      </dl>
    </section>
  );
}

function LastReplies({ health: { lastOutbound } }: { health: AiHealth }) {
  return (
    <section className="grid gap-2">
      <h2 className="font-semibold">Last replies</h2>
      {lastOutbound.length ? (
        <Table
          label="Last replies"
          heads={["Reply", "Kind", "State", "Attempts", "Collisions", "When"]}
          numbers={["Attempts", "Collisions"]}
        >
          {lastOutbound.map((row) => (
            <tr key={row.id} className="border-t border-line">
              <Cell>{row.text}</Cell>
              <Cell>{sentence(row.replyType)}</Cell>
              <Cell>{sentence(row.status)}</Cell>
              <Cell number>{row.attempt}</Cell>
              <Cell number>{row.collisionCount}</Cell>
              <Cell>
                <Time at={row.createdAt} />
              </Cell>
            </tr>
          ))}
        </Table>
      ) : (
        <p className="text-muted">No replies yet.</p>
      )}
    </section>
  );
}

function LastConversations({ health: { conversations }, businessId }: { health: AiHealth; businessId: string | null }) {
  return (
    <section className="grid gap-2">
      <h2 className="font-semibold">Last conversations</h2>
      {conversations.length ? (
        <Table
          label="Last conversations"
          heads={["Conversation", "Questions asked", "Last question", "State version"]}
          numbers={["Questions asked", "State version"]}
        >
          {conversations.map((row) => (
            <tr key={row.id} className="border-t border-line">
              <Cell>
                {row.businessId === businessId ? (
                  <Link href={`/inbox/${row.id}?pane=debug`} className="font-mono text-xs text-accent">
                    {row.id}
                  </Link>
                ) : (
                  <code className="font-mono text-xs">{row.id}</code>
                )}
              </Cell>
              <Cell number>{row.questionsAskedCount}</Cell>
              <Cell>{row.lastQuestionKey ?? "none"}</Cell>
              <Cell number>{row.stateVersion}</Cell>
            </tr>
          ))}
        </Table>
      ) : (
        <p className="text-muted">No conversations yet.</p>
      )}
    </section>
  );
}

/** "FOLLOW_UP" as "Follow up". */
function sentence(state: string): string {
  const words = state.toLowerCase().replaceAll("_", " ");
  return words.charAt(0).toUpperCase() + words.slice(1);
}
