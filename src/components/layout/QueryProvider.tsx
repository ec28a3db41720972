"use client";

import { QueryCache, QueryClient, QueryClientProvider } from "@tanstack/react-query";
import { useState, type ReactNode } from "react";
import { TroubleToast, type Trouble } from "@/components/ui/TroubleToast";
import { ApiError } from "@/lib/http/client";
import { watchWrites } from "./writeTrouble";

/**
 * The cache of everything read from the API. Reads try twice more, quietly, when the server or the network is away;
 * writes only when a person presses Retry.
 */
export function QueryProvider({ children }: { children: ReactNode }) {
  const [trouble, setTrouble] = useState<Trouble | null>(null);
  const [client] = useState(() => makeClient(setTrouble));
  return (
    <QueryClientProvider client={client}>
      {children}
      <TroubleToast trouble={trouble} onDismiss={() => setTrouble(null)} />
    </QueryClientProvider>
  );
}

function makeClient(onTrouble: (trouble: Trouble | null) => void): QueryClient {
  return new QueryClient({
    mutationCache: watchWrites(onTrouble),
    queryCache: new QueryCache({ onError: signInAgain }),
    defaultOptions: {
      queries: { networkMode: "always", staleTime: 5_000, retry: retryRead },
      mutations: { networkMode: "always", retry: false, onError: signInAgain },
    },
  });
}

/** Whether a failed read is worth another try: at most two, and only for what may pass by itself. */
export function retryRead(failures: number, error: Error): boolean {
  return failures < 2 && error instanceof ApiError && error.isOutage;
}

function signInAgain(error: Error): void {
  if (error instanceof ApiError && error.status === 401) window.location.assign("/sign-in");
}
