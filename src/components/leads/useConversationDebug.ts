"use client";

import { useMutation, useQuery, useQueryClient } from "@tanstack/react-query";
import { conversationKeys } from "@/components/conversation/useConversations";
import { ConversationDebug, SimulatedRetry } from "@/lib/conversation/schema";
import { api } from "@/lib/http/client";

/** What stands in the tables for one conversation. For admins. */
export function useConversationDebug(id: string) {
  return useQuery({
    queryKey: conversationKeys.debug(id),
    queryFn: ({ signal }) => api(`/api/admin/conversations/${id}/debug`, ConversationDebug, { signal }),
  });
}

/** Delivers the last message once more, past the inbound guard. */
export function useSimulateRetry(id: string) {
  const queries = useQueryClient();
  return useMutation({
    mutationFn: () => api(`/api/admin/conversations/${id}/simulate-retry`, SimulatedRetry, { method: "POST" }),
    onSettled: () => queries.invalidateQueries({ queryKey: conversationKeys.one(id) }),
  });
}
