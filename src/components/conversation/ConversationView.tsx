"use client";

import Link from "next/link";
import { useSearchParams } from "next/navigation";
import type { ReactNode } from "react";
import { ConversationDebugPanel } from "@/components/leads/ConversationDebugPanel";
import { LeadPanel } from "@/components/leads/LeadPanel";
import { buttonClass } from "@/components/ui/Button";
import { EmptyState } from "@/components/ui/EmptyState";
import { PaneBoundary } from "@/components/ui/PaneBoundary";
import { QueryState } from "@/components/ui/QueryState";
import { Skeleton } from "@/components/ui/Skeleton";
import type { Conversation } from "@/lib/conversation/schema";
import { customerName } from "./customerName";
import { ConversationHeader } from "./ConversationHeader";
import { MessageList } from "./MessageList";
import { ReplyBox } from "./ReplyBox";
import { useConversation } from "./useConversations";
import { useInboxAddress } from "./useInboxAddress";
import { useReadWhileVisible } from "./useReadWhileVisible";

type Pane = "conversation" | "lead" | "debug";

/** A conversation with its lead beside it; on a phone one of them at a time. The address tells which. */
export function ConversationView({ id, isAdmin }: { id: string; isAdmin: boolean }) {
  return (
    <QueryState query={useConversation(id)} verb="load the conversation" skeleton={<Coming />} missing={<Missing />}>
      {(conversation) => <Panes conversation={conversation} isAdmin={isAdmin} />}
    </QueryState>
  );
}

function Panes({ conversation, isAdmin }: { conversation: Conversation; isAdmin: boolean }) {
  const asked = useSearchParams().get("pane");
  const pane: Pane = asked === "lead" || (asked === "debug" && isAdmin) ? asked : "conversation";
  useReadWhileVisible(conversation);
  return (
    <>
      <section
        aria-label="Conversation"
        className={`flex min-h-0 min-w-0 flex-1 flex-col border-line md:border-l ${pane === "conversation" ? "" : "max-lg:hidden"}`}
      >
        <ConversationHeader conversation={conversation} />
        <PaneBoundary verb="show the messages">
          <MessageList conversation={conversation} />
        </PaneBoundary>
        <PaneBoundary verb="show the reply box">
          <ReplyBox key={conversation.id} conversation={conversation} />
        </PaneBoundary>
      </section>
      <aside
        aria-label="About the customer"
        className={`min-h-0 overflow-y-auto border-line max-lg:flex-1 lg:w-80 lg:border-l ${pane === "conversation" ? "max-lg:hidden" : ""}`}
      >
        {pane !== "conversation" && (
          <h1 className="truncate px-4 pt-3 text-lg font-semibold lg:hidden">{customerName(conversation)}</h1>
        )}
        <PaneLinks id={conversation.id} pane={pane} isAdmin={isAdmin} />
        {pane === "debug" ? (
          <PaneBoundary verb="show the debug panel">
            <ConversationDebugPanel conversationId={conversation.id} />
          </PaneBoundary>
        ) : (
          <PaneBoundary verb="show the lead">
            <LeadOf conversation={conversation} />
          </PaneBoundary>
        )}
      </aside>
    </>
  );
}

function LeadOf({ conversation }: { conversation: Conversation }) {
  if (conversation.leadId) return <LeadPanel id={conversation.leadId} zone={conversation.timeZone} />;
  return (
    <EmptyState icon="leads" title="No lead yet">
      It appears here as soon as the customer asks for something.
    </EmptyState>
  );
}

function PaneLinks({ id, pane, isAdmin }: { id: string; pane: Pane; isAdmin: boolean }) {
  const address = useInboxAddress();
  return (
    <nav aria-label="Beside the conversation" className="flex gap-1 border-b border-line px-3 py-2">
      <PaneLink href={address({ id })} here={false} className="lg:hidden">
        Conversation
      </PaneLink>
      <PaneLink href={address({ id, pane: "lead" })} here={pane !== "debug"}>
        Lead
      </PaneLink>
      {isAdmin && (
        <PaneLink href={address({ id, pane: "debug" })} here={pane === "debug"}>
          Debug
        </PaneLink>
      )}
    </nav>
  );
}

function PaneLink(props: { href: string; here: boolean; className?: string; children: ReactNode }) {
  return (
    <Link
      href={props.href}
      aria-current={props.here ? "page" : undefined}
      className={`inline-flex min-h-8 items-center rounded-md px-2.5 text-sm text-muted hover:bg-hover aria-[current]:bg-accent-soft aria-[current]:font-medium aria-[current]:text-accent-strong pointer-coarse:min-h-11 ${props.className ?? ""}`}
    >
      {props.children}
    </Link>
  );
}

function Coming() {
  return (
    <div className="flex-1">
      <h1 className="sr-only">Conversation</h1>
      <Skeleton rows={8} label="Loading the conversation" />
    </div>
  );
}

function Missing() {
  return (
    <div className="flex-1">
      <h1 className="sr-only">Conversation</h1>
      <EmptyState
        icon="question"
        title="This conversation is not here"
        action={
          <Link href="/inbox" className={buttonClass()}>
            Open the inbox
          </Link>
        }
      >
        The address may be mistyped, or it belongs to another business. (E2006)
      </EmptyState>
    </div>
  );
}
