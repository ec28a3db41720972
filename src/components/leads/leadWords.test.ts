import { describe, expect, it } from "vitest";
import type { Lead } from "@/lib/leads/schema";
import { preferredTime } from "./leadWords";

const lead = (preferredAt: string | null, preferredText: string) =>
  ({ preferredAt, preferredText, preferredZone: "Europe/London" }) as Lead;

describe("preferredTime", () => {
  it("shows the hour in the zone it was said in", () => {
    expect(preferredTime(lead("2026-07-21T14:00:00.000Z", "21 July at 3"), "Asia/Tokyo")).toBe("Tue 21 Jul, 15:00");
  });

  it("shows a day without an hour as the day and the words, never as midnight", () => {
    expect(preferredTime(lead("2026-11-24T00:00:00.000Z", "next Tuesday morning"), "UTC")).toBe(
      "Tue 24 Nov (next Tuesday morning)",
    );
  });

  it("shows words alone where they name no day", () => {
    expect(preferredTime(lead(null, "asap"), "UTC")).toBe("asap");
  });
});
