"use client";

import { QueryCache, QueryClient, QueryClientProvider } from "@tanstack/react-query";
import { useState, type ReactNode } from "react";
import { ApiError } from "@/lib/http/client";

/** The cache of everything read from the API. Reads try twice more, quietly, when the server or the network is away; writes never. */
export function QueryProvider({ children }: { children: ReactNode }) {
  const [client] = useState(makeClient);
  return <QueryClientProvider client={client}>{children}</QueryClientProvider>;
}

function makeClient(): QueryClient {
  return new QueryClient({
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
