import type { ReactNode } from "react";
import { Time } from "@/components/ui/Time";
import type { ConversationDebug } from "@/lib/conversation/schema";

/** The replies with their keys and what stopped at them. */
export function DebugOutbound({ rows }: { rows: ConversationDebug["outbound"] }) {
  return (
    <List title="Replies" empty={!rows.length}>
      {rows.map((row) => (
        <li key={row.id} className="grid gap-0.5 border-t border-line py-2">
          <span className="flex justify-between gap-2">
            <span>
              {row.replyType}
              {row.normalizedQuestionKey && ` (${row.normalizedQuestionKey})`}
            </span>
            <span>
              {row.status}
              {row.deliveryStatus && `, ${row.deliveryStatus}`}
            </span>
          </span>
          <Key>{row.outboundDedupeKey}</Key>
          <span className="text-muted">
            {counted(row.collisionCount, "collision")}, {counted(row.attempt, "attempt")}, <Time at={row.createdAt} />
          </span>
          {row.providerMessageId && <Key>{row.providerMessageId}</Key>}
        </li>
      ))}
    </List>
  );
}

/** What arrived, by its key, and how often it was delivered again. */
export function DebugInbound({ rows }: { rows: ConversationDebug["inbound"] }) {
  return (
    <List title="Messages in" empty={!rows.length}>
      {rows.map((row) => (
        <li key={row.id} className="grid gap-0.5 border-t border-line py-2">
          <span className="flex justify-between gap-2">
            <span>{row.type}</span>
            <span>{row.processedAt ? "processed" : "waiting"}</span>
          </span>
          <Key>{row.wamid}</Key>
          <span className="text-muted">
            {counted(row.duplicateCount, "duplicate")}, sent <Time at={row.sentAt} />, received{" "}
            <Time at={row.receivedAt} />
          </span>
        </li>
      ))}
    </List>
  );
}

/** Every decision, as the activity log has it. */
export function DebugTimeline({ rows }: { rows: ConversationDebug["timeline"] }) {
  return (
    <List title="Timeline" empty={!rows.length}>
      {rows.map((row) => (
        <li key={row.id} className="grid gap-0.5 border-t border-line py-2">
          <span className="flex justify-between gap-2">
            <span>{row.action}</span>
            <span className="text-muted">
              <Time at={row.at} />
            </span>
          </span>
          <span className="text-muted">{row.actor}</span>
          {row.after !== null && row.after !== undefined && <Key>{JSON.stringify(row.after)}</Key>}
        </li>
      ))}
    </List>
  );
}

function List({ title, empty, children }: { title: string; empty: boolean; children: ReactNode }) {
  return (
    <div className="grid gap-1.5">
      <h3 className="font-medium">{title}</h3>
      {empty ? <p className="text-muted">None yet</p> : <ul aria-label={title}>{children}</ul>}
    </div>
  );
}

function Key({ children }: { children: ReactNode }) {
  return <code className="font-mono text-xs break-all text-muted">{children}</code>;
}

function counted(count: number, noun: string): string {
  return `${count} ${noun}${count === 1 ? "" : "s"}`;
}
