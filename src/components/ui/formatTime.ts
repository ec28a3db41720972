import { tz } from "@date-fns/tz";
import { differenceInCalendarDays, format, isSameYear } from "date-fns";

/** The reader's own zone. */
export function readerZone(): string {
  return Intl.DateTimeFormat().resolvedOptions().timeZone;
}

/** A moment as people say it: "just now", "3 min ago", "15:30", "Tue 15:30", "3 Nov", "3 Nov 2025". */
export function relativeTime(at: string, now: number, zone: string): string {
  const date = new Date(at);
  const minutes = Math.floor((now - date.getTime()) / 60_000);
  if (Math.abs(minutes) < 1 || minutes === -1) return "just now";
  if (minutes > 0 && minutes < 60) return `${minutes} min ago`;
  const zoned = { in: tz(zone) };
  const days = differenceInCalendarDays(now, date, zoned);
  if (days === 0) return format(date, "HH:mm", zoned);
  if (Math.abs(days) < 7) return format(date, "EEE HH:mm", zoned);
  return format(date, isSameYear(date, now, zoned) ? "d MMM" : "d MMM yyyy", zoned);
}

/** A moment in full, with its zone. */
export function exactTime(at: string, zone: string): string {
  return `${format(new Date(at), "EEE d MMM yyyy, HH:mm:ss", { in: tz(zone) })} (${zone})`;
}

/** The hour and minute. */
export function clockTime(at: string, zone: string): string {
  return format(new Date(at), "HH:mm", { in: tz(zone) });
}

/** An appointment: the day and the hour; a day that came without an hour is kept as its midnight, and shown alone. */
export function appointment(at: string, zone: string): string {
  const shown = format(new Date(at), "EEE d MMM, HH:mm", { in: tz(zone) });
  return shown.endsWith(", 00:00") ? shown.slice(0, -", 00:00".length) : shown;
}

/** The day of a moment, as a heading between messages. */
export function dayName(at: string, now: number, zone: string): string {
  const zoned = { in: tz(zone) };
  const days = differenceInCalendarDays(now, new Date(at), zoned);
  if (days === 0) return "Today";
  if (days === 1) return "Yesterday";
  return format(new Date(at), isSameYear(new Date(at), now, zoned) ? "EEE d MMM" : "EEE d MMM yyyy", zoned);
}
