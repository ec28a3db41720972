"use client";

import { v7 as uuidv7 } from "uuid";
import { useDraft } from "@/components/conversation/useDraft";
import { Button } from "@/components/ui/Button";
import { ErrorNote } from "@/components/ui/ErrorNote";
import { Icon } from "@/components/ui/Icon";
import { ApiError } from "@/lib/http/client";
import { useForgetReply, useSendReply, type Reply } from "./useOutbound";

/** A reply that the server has not confirmed yet; or that it refused, with why and what to do. */
export function UnsentRow(props: { conversationId: string; reply: Reply; error: Error | null }) {
  const { conversationId, reply, error } = props;
  const send = useSendReply(conversationId);
  const forget = useForgetReply(conversationId);
  const [draft, setDraft] = useDraft(conversationId);
  const retry = () => {
    forget(reply.key);
    send.mutate(wasRefused(error) ? { ...reply, key: uuidv7() } : reply);
  };
  const edit = () => {
    forget(reply.key);
    setDraft([draft, reply.text].filter(Boolean).join("\n"));
  };
  return (
    <li className="grid max-w-[85%] gap-1 justify-self-end">
      <p className="justify-self-end rounded-lg bg-accent-soft px-3 py-2 wrap-anywhere whitespace-pre-wrap opacity-75">
        {reply.text}
      </p>
      {error ? (
        <ErrorNote error={error} verb="send the reply" onRetry={retry}>
          <Button look="quiet" onClick={edit}>
            Edit
          </Button>
        </ErrorNote>
      ) : (
        <p className="text-right text-xs text-muted">
          <Icon name="clock" className="inline size-3.5" />
          <span className="sr-only">On its way</span>
        </p>
      )}
    </li>
  );
}

// A refusal is kept under its key and would be given again; only an answer that was lost is asked for by the same key.
function wasRefused(error: Error | null): boolean {
  return error instanceof ApiError && !error.isOutage && error.code !== "IDEMPOTENCY_KEY_BUSY";
}
