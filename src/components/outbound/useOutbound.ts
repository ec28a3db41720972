"use client";

import { useMutation, useMutationState, useQueryClient, type Mutation } from "@tanstack/react-query";
import { z } from "zod";
import { conversationKeys } from "@/components/conversation/useConversations";
import { api } from "@/lib/http/client";
import { Outbound } from "@/lib/outbound/schema";

/** A reply on its way to the server. The key stays the same until an answer came, so that two tries are one message. */
export interface Reply {
  key: string;
  text: string;
  /** how many equal messages of a person stood in the conversation before */
  equalBefore: number;
}

export interface UnsentReply {
  reply: Reply;
  error: Error | null;
}

const replyKey = (conversationId: string) => ["reply", conversationId];

/** Sends a reply through the outbound log. */
export function useSendReply(conversationId: string) {
  const queries = useQueryClient();
  return useMutation({
    mutationKey: replyKey(conversationId),
    // A reply that could not be sent waits for its writer for as long as the page is open.
    gcTime: Infinity,
    mutationFn: ({ key, text }: Reply) =>
      api(`/api/conversations/${conversationId}/messages`, Outbound, {
        method: "POST",
        body: { text },
        idempotencyKey: key,
      }),
    onSuccess: () => queries.invalidateQueries({ queryKey: conversationKeys.one(conversationId) }),
    onSettled: (_sent, error, { key }) => {
      if (!error) forget(queries, conversationId, key);
    },
  });
}

/** The replies of a conversation that are under way or were refused, oldest first. */
export function useUnsentReplies(conversationId: string): UnsentReply[] {
  const all = useMutationState({
    filters: { mutationKey: replyKey(conversationId), exact: true },
    select: ({ state }) => ({ status: state.status, reply: state.variables as Reply, error: state.error }),
  });
  return all.filter(({ status }) => status !== "success");
}

/** Drops a reply that was not sent. */
export function useForgetReply(conversationId: string) {
  const queries = useQueryClient();
  return (key: string) => forget(queries, conversationId, key);
}

function forget(queries: ReturnType<typeof useQueryClient>, conversationId: string, key: string): void {
  const cache = queries.getMutationCache();
  const isIt = (mutation: Mutation) => (mutation.state.variables as Reply | undefined)?.key === key;
  for (const mutation of cache.findAll({ mutationKey: replyKey(conversationId), exact: true }))
    if (isIt(mutation as Mutation) && mutation.state.status !== "pending") cache.remove(mutation);
}

/** A person's decision on an uncertain message. */
export function useDecideUncertain(conversationId: string, outboundId: string) {
  const queries = useQueryClient();
  return useMutation({
    mutationFn: (verb: "resend" | "leave") =>
      api(`/api/outbound/${outboundId}/${verb}`, z.unknown(), { method: "POST" }),
    onSettled: () => queries.invalidateQueries({ queryKey: conversationKeys.one(conversationId) }),
  });
}
