"use client";

import { useEffect, useEffectEvent, useSyncExternalStore } from "react";
import type { Conversation } from "@/lib/conversation/schema";
import { useMarkRead } from "./useConversations";

/** Marks what arrives in an open conversation as read, while somebody can see it. */
export function useReadWhileVisible({ id, unreadCount }: Conversation): void {
  const visible = useSyncExternalStore(
    subscribe,
    () => document.visibilityState === "visible",
    () => false,
  );
  const markRead = useMarkRead(id);
  const mark = useEffectEvent(() => markRead.mutate());
  useEffect(() => {
    if (visible && unreadCount > 0) mark();
  }, [id, visible, unreadCount]);
}

function subscribe(listener: () => void): () => void {
  document.addEventListener("visibilitychange", listener);
  return () => document.removeEventListener("visibilitychange", listener);
}
