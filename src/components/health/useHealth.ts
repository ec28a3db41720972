"use client";

import { useQuery } from "@tanstack/react-query";
import { z } from "zod";
import { AlertItem } from "@/lib/alerts/schema";
import { AiHealth, RawDelivery } from "@/lib/health/schema";
import { api } from "@/lib/http/client";

export const healthKeys = {
  ai: ["health", "ai"] as const,
  alerts: ["health", "alerts"] as const,
  deliveries: ["health", "deliveries"] as const,
};

// The stream tells of one's own business only; these figures are of all.
const READ_AGAIN_MS = 10_000;

/** How the receptionist fares: what it sent last, and what the dedupe keys stopped. */
export function useAiHealth() {
  return useQuery({
    queryKey: healthKeys.ai,
    queryFn: ({ signal }) => api("/api/admin/health/ai", AiHealth, { signal }),
    refetchInterval: READ_AGAIN_MS,
  });
}

/** What an operator must be told. */
export function useAlerts() {
  return useQuery({
    queryKey: healthKeys.alerts,
    queryFn: ({ signal }) => api("/api/admin/alerts", z.array(AlertItem), { signal }),
    refetchInterval: READ_AGAIN_MS,
  });
}

/** The deliveries as they were kept. */
export function useDeliveries() {
  return useQuery({
    queryKey: healthKeys.deliveries,
    queryFn: ({ signal }) => api("/api/admin/deliveries", z.array(RawDelivery), { signal }),
    refetchInterval: READ_AGAIN_MS,
  });
}
