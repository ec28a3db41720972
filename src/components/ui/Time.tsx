"use client";

import { exactTime, readerZone, relativeTime } from "./formatTime";
import { useNow } from "./useNow";

/** A moment relative to now, the exact time on hover. The server writes nothing: it does not know the reader's clock. */
export function Time({ at, zone }: { at: string; zone?: string }) {
  const now = useNow();
  const inZone = zone ?? (now === null ? "UTC" : readerZone());
  return (
    <time dateTime={at} title={now === null ? undefined : exactTime(at, inZone)} className="whitespace-nowrap">
      {now === null ? "" : relativeTime(at, now, inZone)}
    </time>
  );
}
