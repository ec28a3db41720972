"use client";

import { keepPreviousData, useMutation, useQuery, useQueryClient } from "@tanstack/react-query";
import { z } from "zod";
import { Conversation, ConversationItem, ConversationSummary } from "@/lib/conversation/schema";
import { api } from "@/lib/http/client";

const ones = ["conversations", "one"] as const;

export const conversationKeys = {
  lists: ["conversations", "list"] as const,
  ones,
  one: (id: string) => [...ones, id] as const,
  messages: (id: string) => [...ones, id, "messages"] as const,
  debug: (id: string) => [...ones, id, "debug"] as const,
};

/** How many conversations the list holds; older ones are found by search. */
export const LIST_LIMIT = 100;

/** The newest conversations, or those that match. */
export function useConversations(search: string) {
  return useQuery({
    queryKey: [...conversationKeys.lists, search],
    queryFn: ({ signal }) => {
      const query = new URLSearchParams({ limit: String(LIST_LIMIT), ...(search && { search }) });
      return api(`/api/conversations?${query}`, z.array(ConversationSummary), { signal });
    },
    placeholderData: keepPreviousData,
  });
}

/** One conversation with its state. */
export function useConversation(id: string) {
  return useQuery({
    queryKey: conversationKeys.one(id),
    queryFn: ({ signal }) => api(`/api/conversations/${id}`, Conversation, { signal }),
  });
}

/** How many messages a conversation shows. */
export const MESSAGES_LIMIT = 100;

/** What was said last, oldest first. */
export function useMessages(id: string) {
  return useQuery({
    queryKey: conversationKeys.messages(id),
    queryFn: ({ signal }) =>
      api(`/api/conversations/${id}/messages?limit=${MESSAGES_LIMIT}`, z.array(ConversationItem), { signal }),
  });
}

/** "takeover" silences the receptionist here, "hand-back" lets it answer again. */
export function useHandler(id: string) {
  const queries = useQueryClient();
  return useMutation({
    mutationFn: (verb: "takeover" | "hand-back") =>
      api(`/api/conversations/${id}/${verb}`, z.unknown(), { method: "POST" }),
    meta: { verb: "change who answers" },
    onSettled: () => refresh(queries, id),
  });
}

/** Notes that the conversation was read. */
export function useMarkRead(id: string) {
  const queries = useQueryClient();
  return useMutation({
    mutationFn: () => api(`/api/conversations/${id}/read`, z.unknown(), { method: "POST" }),
    onSuccess: () => refresh(queries, id),
  });
}

function refresh(queries: ReturnType<typeof useQueryClient>, id: string): Promise<unknown> {
  return Promise.all([
    queries.invalidateQueries({ queryKey: conversationKeys.one(id) }),
    queries.invalidateQueries({ queryKey: conversationKeys.lists }),
  ]);
}
