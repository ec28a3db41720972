"use client";

import Link from "next/link";
import { usePathname, useRouter, useSearchParams, useSelectedLayoutSegment } from "next/navigation";
import { useState } from "react";
import { Badge } from "@/components/ui/Badge";
import { buttonClass } from "@/components/ui/Button";
import { EmptyState } from "@/components/ui/EmptyState";
import { fieldClass } from "@/components/ui/Field";
import { PaneBoundary } from "@/components/ui/PaneBoundary";
import { QueryState } from "@/components/ui/QueryState";
import { Skeleton } from "@/components/ui/Skeleton";
import { Time } from "@/components/ui/Time";
import { useDebounced } from "@/components/ui/useDebounced";
import type { ConversationSummary } from "@/lib/conversation/schema";
import { customerName } from "./customerName";
import { LIST_LIMIT, useConversations } from "./useConversations";
import { useInboxAddress } from "./useInboxAddress";

/** All conversations, newest first. On a phone it makes room for the one that is open. */
export function InboxPane({ isOwner }: { isOwner: boolean }) {
  const openId = useSelectedLayoutSegment();
  const Heading = openId ? "h2" : "h1";
  return (
    <section
      aria-labelledby="inbox-heading"
      className={`flex min-h-0 flex-col max-md:w-full md:w-72 lg:w-80 ${openId ? "max-md:hidden" : ""}`}
    >
      <Heading id="inbox-heading" className="px-4 pt-4 text-lg font-semibold">
        Inbox
      </Heading>
      <PaneBoundary verb="show the inbox">
        <InboxList openId={openId} isOwner={isOwner} />
      </PaneBoundary>
    </section>
  );
}

function InboxList({ openId, isOwner }: { openId: string | null; isOwner: boolean }) {
  const search = useSearchParams().get("search") ?? "";
  const query = useConversations(search);
  return (
    <>
      <SearchField initial={search} />
      <div className="min-h-0 flex-1 overflow-y-auto">
        <QueryState query={query} verb="load the inbox" skeleton={<Skeleton rows={8} label="Loading the inbox" />}>
          {(conversations) =>
            conversations.length ? (
              <ul aria-label="Conversations" aria-busy={query.isPlaceholderData}>
                {conversations.map((conversation) => (
                  <Row key={conversation.id} conversation={conversation} open={conversation.id === openId} />
                ))}
                {conversations.length === LIST_LIMIT && (
                  <li className="px-4 py-3 text-sm text-muted">
                    These are the newest {LIST_LIMIT}. Search for older ones.
                  </li>
                )}
              </ul>
            ) : (
              <NoConversations search={search} isOwner={isOwner} />
            )
          }
        </QueryState>
      </div>
    </>
  );
}

function SearchField({ initial }: { initial: string }) {
  const router = useRouter();
  const path = usePathname();
  const params = useSearchParams();
  const [text, setText] = useState(initial);
  const show = useDebounced((search: string) => {
    const next = new URLSearchParams(params);
    if (search) next.set("search", search);
    else next.delete("search");
    router.replace(next.size ? `${path}?${next}` : path);
  }, 250);
  return (
    <div role="search" className="px-4 py-3">
      <input
        type="search"
        aria-label="Search conversations"
        placeholder="Search"
        value={text}
        onChange={(event) => {
          setText(event.target.value);
          show(event.target.value.trim());
        }}
        className={fieldClass}
      />
    </div>
  );
}

function NoConversations({ search, isOwner }: { search: string; isOwner: boolean }) {
  if (search)
    return (
      <EmptyState icon="inbox" title="No conversation matches">
        Nothing was found for “{search}”. Search for less of the name, number or message.
      </EmptyState>
    );
  return (
    <EmptyState
      icon="inbox"
      title="No conversations yet"
      action={
        isOwner && (
          <Link href="/simulator" className={buttonClass("primary")}>
            Open the simulator
          </Link>
        )
      }
    >
      What customers write on WhatsApp appears here. {isOwner && "Write the first message yourself, as a customer."}
    </EmptyState>
  );
}

function Row(props: { conversation: ConversationSummary; open: boolean }) {
  const { id, handler, optedOut, unreadCount, lastMessageAt, lastMessagePreview } = props.conversation;
  const address = useInboxAddress();
  return (
    <li>
      <Link
        href={address({ id })}
        aria-current={props.open ? "true" : undefined}
        className="grid gap-1 border-b border-line px-4 py-2.5 transition-colors -outline-offset-2 hover:bg-hover aria-[current]:bg-accent-soft"
      >
        <span className="flex items-baseline justify-between gap-2">
          <span className={`truncate ${unreadCount ? "font-semibold" : "font-medium"}`}>
            {customerName(props.conversation)}
          </span>
          <span className="text-xs text-muted">{lastMessageAt && <Time at={lastMessageAt} />}</span>
        </span>
        <span className="truncate text-sm text-muted">{lastMessagePreview || "No text"}</span>
        <span className="flex gap-1.5">
          <Badge>{handler === "AI" ? "Receptionist" : "Person"}</Badge>
          {optedOut && <Badge tone="warn">Opted out</Badge>}
          {unreadCount > 0 && <Badge tone="accent">{unreadCount} unread</Badge>}
        </span>
      </Link>
    </li>
  );
}
