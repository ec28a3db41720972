import { describe, expect, it } from "vitest";
import { whyNotReply } from "./whyNotReply";

const NOW = Date.parse("2026-03-01T12:00:00.000Z");
const open = {
  businessSuspended: false,
  optedOut: false,
  channelPaused: false,
  windowClosesAt: "2026-03-01T12:00:00.001Z",
};

describe("whyNotReply", () => {
  it("refuses from the moment the window closes", () => {
    expect(whyNotReply({ ...open, windowClosesAt: "2026-03-01T12:00:00.000Z" }, NOW)).toContain("24 hours");
    expect(whyNotReply(open, NOW)).toBeNull();
  });

  it("refuses where the customer has not written, has opted out, or the channel is paused", () => {
    expect(whyNotReply({ ...open, windowClosesAt: null }, NOW)).toContain("not written yet");
    expect(whyNotReply({ ...open, optedOut: true }, NOW)).toContain("no more messages");
    expect(whyNotReply({ ...open, channelPaused: true }, NOW)).toContain("resume it");
  });

  it("says what a suspended business can do, before anything else", () => {
    expect(whyNotReply({ ...open, businessSuspended: true, optedOut: true }, NOW)).toContain("Write to support");
  });
});
