"use client";

import { useQueryClient } from "@tanstack/react-query";
import { useId, type KeyboardEvent } from "react";
import { v7 as uuidv7 } from "uuid";
import { useSendReply } from "@/components/outbound/useOutbound";
import { Button } from "@/components/ui/Button";
import { fieldClass } from "@/components/ui/Field";
import { useNow } from "@/components/ui/useNow";
import type { Conversation, ConversationItem } from "@/lib/conversation/schema";
import { equalReplies } from "./equalReplies";
import { conversationKeys } from "./useConversations";
import { useDraft } from "./useDraft";
import { whyNotReply } from "./whyNotReply";

const LONGEST = 4096;

/** Where a person answers. Enter sends, Shift and Enter begin a new line. */
export function ReplyBox({ conversation }: { conversation: Conversation }) {
  const { id } = conversation;
  const fieldId = useId();
  const [draft, setDraft] = useDraft(id);
  const send = useReply(id);
  const now = useNow();
  const why = now === null ? null : whyNotReply(conversation, now);
  const submit = () => {
    const text = draft.trim();
    if (!text || why) return;
    setDraft("");
    send(text);
  };
  const onKeyDown = (event: KeyboardEvent) => {
    // While a character is being composed, Enter belongs to the input method.
    if (event.key !== "Enter" || event.shiftKey || event.nativeEvent.isComposing) return;
    event.preventDefault();
    submit();
  };
  return (
    <form
      aria-label="Reply"
      className="grid gap-2 border-t border-line px-4 py-3"
      onSubmit={(event) => {
        event.preventDefault();
        submit();
      }}
    >
      <label htmlFor={fieldId} className="sr-only">
        Reply to {conversation.contactName || "the customer"}
      </label>
      <textarea
        id={fieldId}
        rows={2}
        maxLength={LONGEST}
        value={draft}
        disabled={why !== null}
        placeholder={why ? "" : "Write a reply"}
        aria-describedby={`${fieldId}-note`}
        onChange={(event) => setDraft(event.target.value)}
        onKeyDown={onKeyDown}
        className={`${fieldClass} field-sizing-content max-h-40 resize-none`}
      />
      <div className="flex items-center justify-between gap-3">
        <p id={`${fieldId}-note`} className={`text-xs ${why ? "text-warn" : "text-muted"}`}>
          {why ?? note(conversation)}
        </p>
        <Button type="submit" look="primary" disabled={why !== null || !draft.trim()}>
          Send reply
        </Button>
      </div>
    </form>
  );
}

function useReply(conversationId: string): (text: string) => void {
  const queries = useQueryClient();
  const { mutate } = useSendReply(conversationId);
  return (text) => {
    const items = queries.getQueryData<ConversationItem[]>(conversationKeys.messages(conversationId)) ?? [];
    const equalBefore = equalReplies(items, text);
    mutate({ key: uuidv7(), text, equalBefore });
  };
}

function note({ handler }: Conversation): string {
  return handler === "AI" ? "Sending takes the conversation over" : "Enter sends, Shift and Enter begin a new line";
}
