"use client";

import type { ReactNode } from "react";
import { exactTime } from "@/components/ui/formatTime";
import { HoverNote } from "@/components/ui/HoverNote";
import { Icon } from "@/components/ui/Icon";
import type { LeadFact } from "@/lib/leads/schema";

/** A value that the receptionist filled in; hover or focus shows from which words, by which engine, how sure, when. */
export function FactNote({ fact, zone, children }: { fact: LeadFact; zone: string; children: ReactNode }) {
  return (
    <HoverNote
      note={
        <>
          <span className="block">From the words “{fact.value}”</span>
          <span className="mt-1 block text-xs text-muted">
            {engineName(fact.engine)}, {Math.round(fact.confidence * 100)}% sure
            <br />
            {exactTime(fact.createdAt, zone)}
          </span>
        </>
      }
    >
      <Icon name="spark" className="mr-1 inline size-3 text-accent" />
      <span className="underline decoration-muted decoration-dotted underline-offset-4">{children}</span>
      <span className="sr-only"> (filled in by the receptionist)</span>
    </HoverNote>
  );
}

function engineName(engine: string): string {
  return engine === "built-in" ? "Built-in engine" : engine;
}
