"use client";

import { useQueryClient, type QueryKey } from "@tanstack/react-query";
import { useEffect, useState } from "react";
import { alertKeys } from "@/components/alerts/useAlerts";
import { conversationKeys } from "@/components/conversation/useConversations";
import { healthKeys } from "@/components/health/useHealth";
import { leadKeys } from "@/components/leads/useLeads";
import { simulatorKeys } from "@/components/simulator/useSimulator";
import { listen, type LiveEventKind } from "./listen";

// A message, its turn and its delivery tell of themselves within a moment: one reading serves them all.
const FIRST_MS = 500;
/** Events that come thicker than this share one reading of what they changed. */
const GATHER_MS = 1_500;

/** Reads again whatever the stream says has changed, and everything shown each time the stream opens. True while it is down. */
export function useLiveEvents(): boolean {
  const queries = useQueryClient();
  const [down, setDown] = useState(false);
  useEffect(() => {
    const gather = gatherer((keys) => {
      // A page that nobody sees reads when it is seen again.
      const refetchType = document.hidden ? "none" : "active";
      for (const queryKey of keys) void queries.invalidateQueries({ queryKey, refetchType });
    });
    const stop = listen("/api/events", {
      onEvent: (kind, data) => gather.add(keysOf(kind, data)),
      // What changed while nobody listened was told to nobody.
      onOpen: () => {
        setDown(false);
        void queries.invalidateQueries();
      },
      onDown: () => setDown(true),
    });
    return () => {
      stop();
      gather.stop();
    };
  }, [queries]);
  return down;
}

/** The parts of the cache that an event makes stale. */
function keysOf(kind: LiveEventKind, data: Record<string, unknown>): QueryKey[] {
  if (kind === "alert.changed") return [alertKeys.open, healthKeys.alerts];
  if (kind === "lead.changed") return [leadKeys.lists, one(leadKeys, data.leadId)];
  // Only the lists say what is unread.
  if (kind === "conversation.read") return [conversationKeys.lists];
  return [conversationKeys.lists, one(conversationKeys, data.conversationId), simulatorKeys.messages];
}

function one(keys: { ones: QueryKey; one: (id: string) => QueryKey }, id: unknown): QueryKey {
  return typeof id === "string" ? keys.one(id) : keys.ones;
}

/** Passes on the first keys after a moment, and what follows within the window together at its end. */
function gatherer(flush: (keys: QueryKey[]) => void) {
  let waiting = new Map<string, QueryKey>();
  let timer: ReturnType<typeof setTimeout> | undefined;
  const pass = () => {
    timer = undefined;
    if (!waiting.size) return;
    const keys = [...waiting.values()];
    waiting = new Map();
    timer = setTimeout(pass, GATHER_MS);
    flush(keys);
  };
  return {
    add: (keys: QueryKey[]) => {
      for (const key of keys) waiting.set(JSON.stringify(key), key);
      timer ??= setTimeout(pass, FIRST_MS);
    },
    stop: () => clearTimeout(timer),
  };
}
