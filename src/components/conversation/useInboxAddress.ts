"use client";

import { useSearchParams } from "next/navigation";

/** Makes the address of a conversation, or of the list alone, and keeps what is searched for. */
export function useInboxAddress(): (to: { id?: string; pane?: "lead" | "debug" }) => string {
  const search = useSearchParams().get("search");
  return ({ id, pane }) => {
    const query = new URLSearchParams({ ...(search && { search }), ...(pane && { pane }) });
    return `/inbox${id ? `/${id}` : ""}${query.size ? `?${query}` : ""}`;
  };
}
