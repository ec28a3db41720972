"use client";

import { Fragment } from "react";
import { UnsentRow } from "@/components/outbound/UnsentRow";
import { useUnsentReplies, type UnsentReply } from "@/components/outbound/useOutbound";
import { EmptyState } from "@/components/ui/EmptyState";
import { dayName } from "@/components/ui/formatTime";
import { QueryState } from "@/components/ui/QueryState";
import { useNow } from "@/components/ui/useNow";
import type { Conversation, ConversationItem } from "@/lib/conversation/schema";
import { InboundRow } from "./InboundRow";
import { OutboundRow } from "./OutboundRow";
import { equalReplies } from "./equalReplies";
import { MESSAGES_LIMIT, useMessages } from "./useConversations";

/** What was said, the newest at the bottom, and what is still on its way. */
export function MessageList({ conversation: { id, timeZone } }: { conversation: Conversation }) {
  const unsent = useUnsentReplies(id);
  return (
    // Reversed, so that the browser itself keeps the newest in view and a scrolled-up reader in place.
    <div
      className="flex min-h-0 flex-1 flex-col-reverse overflow-y-auto px-4 py-3"
      tabIndex={0}
      role="log"
      aria-label="Messages"
      aria-relevant="additions"
    >
      <div>
        <QueryState query={useMessages(id)} verb="load the messages">
          {(items) => <Rows items={items} unsent={unsent} conversationId={id} zone={timeZone} />}
        </QueryState>
      </div>
    </div>
  );
}

function Rows(props: { items: ConversationItem[]; unsent: UnsentReply[]; conversationId: string; zone: string }) {
  const { items, conversationId, zone } = props;
  const now = useNow();
  // The stream may show a reply before its own request is answered.
  const unsent = props.unsent.filter(
    ({ reply, error }) => error || equalReplies(items, reply.text) <= reply.equalBefore,
  );
  if (!items.length && !unsent.length)
    return (
      <EmptyState icon="inbox" title="Nothing was said yet">
        Messages appear here as they arrive.
      </EmptyState>
    );
  const day = (item: ConversationItem | undefined) => (item && now !== null ? dayName(item.at, now, zone) : "");
  return (
    <ol className="grid gap-2.5">
      {items.length === MESSAGES_LIMIT && (
        <li className="text-center text-xs text-muted">These are the newest {MESSAGES_LIMIT} messages.</li>
      )}
      {items.map((item, index) => (
        <Fragment key={item.id}>
          {day(item) !== day(items[index - 1]) && (
            <li className="justify-self-center py-1 text-xs text-muted">{day(item)}</li>
          )}
          {item.kind === "inbound" ? (
            <InboundRow item={item} zone={zone} />
          ) : (
            <OutboundRow item={item} zone={zone} conversationId={conversationId} />
          )}
        </Fragment>
      ))}
      {unsent.map(({ reply, error }) => (
        <UnsentRow key={reply.key} conversationId={conversationId} reply={reply} error={error} />
      ))}
    </ol>
  );
}
