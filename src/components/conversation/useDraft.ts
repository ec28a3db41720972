"use client";

import { useSyncExternalStore } from "react";

const CHANGED = "frontdesk:draft";

/** The unsent words of a conversation. They live as long as the tab, whatever page it shows. */
export function useDraft(conversationId: string): [string, (text: string) => void] {
  const key = `draft:${conversationId}`;
  const draft = useSyncExternalStore(
    subscribe,
    () => sessionStorage.getItem(key) ?? "",
    () => "",
  );
  const setDraft = (text: string) => {
    if (text) sessionStorage.setItem(key, text);
    else sessionStorage.removeItem(key);
    window.dispatchEvent(new Event(CHANGED));
  };
  return [draft, setDraft];
}

function subscribe(listener: () => void): () => void {
  window.addEventListener(CHANGED, listener);
  return () => window.removeEventListener(CHANGED, listener);
}
