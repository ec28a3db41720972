"use client";

import { useMutation } from "@tanstack/react-query";
import { z } from "zod";
import { DemoSignIn, InviteView } from "@/lib/auth/schema";
import { api } from "@/lib/http/client";

/** A session of the demo's own user. */
export function useDemoSignIn() {
  return useMutation({
    mutationFn: () => api("/api/demo/sign-in", DemoSignIn, { method: "POST" }),
    onSuccess: ({ redirectTo }) => window.location.assign(redirectTo),
  });
}

const Csrf = z.object({ csrfToken: z.string() });

/** Keeps the invite code, where there is one, then leaves for the provider. */
export function useProviderSignIn() {
  return useMutation({
    mutationFn: async ({ provider, invite }: { provider: string; invite: string }) => {
      if (invite) await api("/api/session/invite", InviteView, { method: "POST", body: { code: invite } });
      const { csrfToken } = await api("/api/auth/csrf", Csrf);
      postForm(`/api/auth/signin/${provider}`, { csrfToken, callbackUrl: "/inbox" });
    },
  });
}

// next-auth answers with a redirect to another origin, which only a navigation may follow.
function postForm(action: string, fields: Record<string, string>): void {
  const form = document.createElement("form");
  form.method = "post";
  form.action = action;
  for (const [name, value] of Object.entries(fields)) {
    const input = document.createElement("input");
    input.type = "hidden";
    input.name = name;
    input.value = value;
    form.append(input);
  }
  document.body.append(form);
  form.submit();
}
