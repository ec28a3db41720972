import { describe, expect, it } from "vitest";
import { dayName, exactTime, relativeTime } from "./formatTime";

const NOW = Date.parse("2026-03-04T12:00:00Z");
const LONDON = "Europe/London";

describe("relativeTime", () => {
  it.each([
    ["2026-03-04T12:00:30Z", "just now"],
    ["2026-03-04T11:59:30Z", "just now"],
    ["2026-03-04T11:57:00Z", "3 min ago"],
    ["2026-03-04T09:30:00Z", "09:30"],
    ["2026-03-02T15:30:00Z", "Mon 15:30"],
    ["2026-01-03T15:30:00Z", "3 Jan"],
    ["2025-11-03T15:30:00Z", "3 Nov 2025"],
    ["2026-03-05T09:00:00Z", "Thu 09:00"],
  ])("calls %s %s", (at, words) => {
    expect(relativeTime(at, NOW, LONDON)).toBe(words);
  });

  it("counts days in the zone it is asked for", () => {
    expect(relativeTime("2026-03-04T01:00:00Z", NOW, LONDON)).toBe("01:00");
    expect(relativeTime("2026-03-04T01:00:00Z", NOW, "America/New_York")).toBe("Tue 20:00");
  });
});

describe("dayName", () => {
  it("names the near days, and dates the others", () => {
    expect(dayName("2026-03-04T00:10:00Z", NOW, LONDON)).toBe("Today");
    expect(dayName("2026-03-03T23:50:00Z", NOW, LONDON)).toBe("Yesterday");
    expect(dayName("2025-12-24T10:00:00Z", NOW, LONDON)).toBe("Wed 24 Dec 2025");
  });
});

describe("exactTime", () => {
  it("follows summer time and names the zone", () => {
    expect(exactTime("2026-07-01T12:00:00Z", LONDON)).toBe("Wed 1 Jul 2026, 13:00:00 (Europe/London)");
  });
});
