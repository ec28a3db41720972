"use client";

import { useMutation, useQuery, useQueryClient } from "@tanstack/react-query";
import { z } from "zod";
import { AlertItem } from "@/lib/alerts/schema";
import { api } from "@/lib/http/client";

export const alertKeys = { open: ["alerts", "open"] as const };

/** What the business must be told. */
export function useOpenAlerts() {
  return useQuery({
    queryKey: alertKeys.open,
    queryFn: ({ signal }) => api("/api/alerts", z.array(AlertItem), { signal }),
  });
}

/** Ends what an alert tells of: a paused channel sends again, any other alert is closed. For owners. */
export function useSettleAlert({ id, kind, subject }: AlertItem) {
  const queries = useQueryClient();
  const path = kind === "channel_paused" ? `/api/channels/${subject}/resume` : `/api/alerts/${id}/resolve`;
  return useMutation({
    mutationFn: () => api(path, z.unknown(), { method: "POST" }),
    onSettled: () => queries.invalidateQueries({ queryKey: alertKeys.open }),
  });
}
