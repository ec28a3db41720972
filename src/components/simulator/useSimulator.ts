"use client";

import { useMutation, useQuery, useQueryClient } from "@tanstack/react-query";
import { z } from "zod";
import { api } from "@/lib/http/client";
import { PhoneMessage, SimulatorInfo, type TypeAsCustomer } from "@/lib/simulator/schema";

export const simulatorKeys = {
  info: ["simulator", "info"] as const,
  messages: ["simulator", "messages"] as const,
};

/** Whether the simulator is on, and what a script needs to sign its own deliveries. */
export function useSimulatorInfo() {
  return useQuery({
    queryKey: simulatorKeys.info,
    queryFn: ({ signal }) => api("/api/simulator", SimulatorInfo, { signal }),
  });
}

/** What stands on a customer's phone, oldest first. */
export function usePhoneMessages(customer: string | null) {
  return useQuery({
    queryKey: [...simulatorKeys.messages, customer],
    queryFn: ({ signal }) => api(`/api/simulator/messages?customer=${customer}`, z.array(PhoneMessage), { signal }),
    enabled: customer !== null,
  });
}

/** Writes to the business as a customer, through the real webhook. */
export function useTypeAsCustomer() {
  const queries = useQueryClient();
  return useMutation({
    mutationFn: (message: TypeAsCustomer) =>
      api("/api/simulator/messages", z.object({ wamid: z.string() }), { method: "POST", body: message }),
    onSuccess: () => queries.invalidateQueries({ queryKey: simulatorKeys.messages }),
  });
}
