"use client";

import Link from "next/link";
import { Badge } from "@/components/ui/Badge";
import { Button } from "@/components/ui/Button";
import { ErrorNote } from "@/components/ui/ErrorNote";
import { readerZone } from "@/components/ui/formatTime";
import { Icon } from "@/components/ui/Icon";
import type { Conversation } from "@/lib/conversation/schema";
import { ApiError } from "@/lib/http/client";
import { customerName } from "./customerName";
import { whoAnswers } from "./whoAnswers";
import { useHandler } from "./useConversations";
import { useInboxAddress } from "./useInboxAddress";

/** With whom, who answers, and the way to change that. */
export function ConversationHeader({ conversation }: { conversation: Conversation }) {
  const { id, contactAddress, channelName, optedOut, channelPaused, timeZone } = conversation;
  const address = useInboxAddress();
  const name = customerName(conversation);
  return (
    <header className="flex flex-col gap-2 border-b border-line px-4 py-3">
      <div className="flex items-center gap-2">
        <Link
          href={address({})}
          aria-label="Back to the inbox"
          className="grid size-11 -ml-3 place-items-center md:hidden"
        >
          <Icon name="back" className="size-5" />
        </Link>
        <div className="min-w-0 flex-1">
          <h1 className="truncate text-lg font-semibold">{name}</h1>
          <p className="truncate text-sm text-muted">
            {[contactAddress !== name && contactAddress, channelName].filter(Boolean).join(" · ")}
          </p>
        </div>
        <Link
          href={address({ id, pane: "lead" })}
          className="inline-flex min-h-8 items-center px-2 text-sm text-accent lg:hidden pointer-coarse:min-h-11"
        >
          Lead
        </Link>
      </div>
      <HandlerControl conversation={conversation} />
      {(optedOut || channelPaused || timeZone !== readerZone()) && (
        <div className="flex flex-wrap gap-1.5">
          {optedOut && <Badge tone="warn">Opted out</Badge>}
          {channelPaused && <Badge tone="bad">Channel paused</Badge>}
          {timeZone !== readerZone() && <Badge>Times in {timeZone}</Badge>}
        </div>
      )}
    </header>
  );
}

function HandlerControl({ conversation }: { conversation: Conversation }) {
  const change = useHandler(conversation.id);
  // An outage is told of in a toast.
  const refused = change.error instanceof ApiError && change.error.isOutage ? null : change.error;
  const takeable = conversation.handlerUserId === null;
  const returnable = conversation.handler === "PERSON";
  return (
    <div className="grid gap-2">
      <div className="flex items-center justify-between gap-2 text-sm">
        <p aria-live="polite">{whoAnswers(conversation)}</p>
        <div className="flex gap-2">
          {takeable && (
            <Button disabled={change.isPending} onClick={() => change.mutate("takeover")}>
              Take over
            </Button>
          )}
          {returnable && (
            <Button disabled={change.isPending} onClick={() => change.mutate("hand-back")}>
              Hand back
            </Button>
          )}
        </div>
      </div>
      {refused && <ErrorNote error={refused} verb={change.variables === "takeover" ? "take over" : "hand back"} />}
    </div>
  );
}
