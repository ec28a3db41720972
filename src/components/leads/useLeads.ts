"use client";

import { useQuery } from "@tanstack/react-query";
import { z } from "zod";
import { api } from "@/lib/http/client";
import { Lead, LeadWithFacts } from "@/lib/leads/schema";

const ones = ["leads", "one"] as const;

export const leadKeys = {
  lists: ["leads", "list"] as const,
  ones,
  one: (id: string) => [...ones, id] as const,
};

/** How many leads the list holds, the ones that changed last. */
export const LIST_LIMIT = 100;

/** The leads that changed last. */
export function useLeads() {
  return useQuery({
    queryKey: leadKeys.lists,
    queryFn: ({ signal }) => api(`/api/leads?limit=${LIST_LIMIT}`, z.array(Lead), { signal }),
  });
}

/** One lead, and what was learned from which words. */
export function useLead(id: string) {
  return useQuery({
    queryKey: leadKeys.one(id),
    queryFn: ({ signal }) => api(`/api/leads/${id}`, LeadWithFacts, { signal }),
  });
}
