"use client";

import { useId, useState, type ReactNode } from "react";

/** A value whose background shows on hover and focus, and leaves with Escape. */
export function HoverNote({ note, children }: { note: ReactNode; children: ReactNode }) {
  const id = useId();
  const [open, setOpen] = useState(false);
  return (
    <span
      className="relative block"
      onMouseEnter={() => setOpen(true)}
      onMouseLeave={() => setOpen(false)}
      onFocus={() => setOpen(true)}
      onBlur={() => setOpen(false)}
      onKeyDown={(event) => event.key === "Escape" && setOpen(false)}
    >
      <button type="button" aria-describedby={id} className="cursor-help rounded-md text-left">
        {children}
      </button>
      <span
        id={id}
        role="tooltip"
        hidden={!open}
        className="absolute top-full left-0 z-10 w-64 max-w-full rounded-lg border border-line bg-raised p-3 text-sm shadow-float"
      >
        {note}
      </span>
    </span>
  );
}
