"use client";

import { useMutation } from "@tanstack/react-query";
import { z } from "zod";
import { api } from "@/lib/http/client";

/** Ends the session here and leaves for the sign-in page. */
export function useSignOut() {
  return useMutation({
    mutationFn: () => api("/api/session", z.null(), { method: "DELETE" }),
    onSuccess: () => window.location.assign("/sign-in"),
  });
}
