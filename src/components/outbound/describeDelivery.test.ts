import { describe, expect, it } from "vitest";
import { describeDelivery } from "./describeDelivery";

const pending = {
  status: "PENDING",
  deliveryStatus: null,
  attempt: 0,
  error: null,
  errorCode: null,
  cancelReason: null,
  needsDecision: false,
  resolution: null,
} as const;

describe("describeDelivery", () => {
  it("says why a message failed, with WhatsApp's code, and what to do", () => {
    const failed = describeDelivery({ ...pending, status: "FAILED", error: "Not on WhatsApp", errorCode: 131026 });
    expect(failed).toMatchObject({
      icon: "triangle",
      loud: true,
      words: "Not sent: Not on WhatsApp (WhatsApp 131026)",
    });
    expect(failed.advice).toContain("another way");
  });

  it("has words for a failure that nobody explained", () => {
    expect(describeDelivery({ ...pending, status: "FAILED" }).words).toBe("Not sent: WhatsApp did not take it");
  });

  it("says why a message was cancelled, also when no reason was kept", () => {
    const cancelled = { ...pending, status: "CANCELLED" } as const;
    expect(describeDelivery({ ...cancelled, cancelReason: "The channel is paused" }).words).toContain(
      "channel is paused",
    );
    expect(describeDelivery(cancelled).words).not.toContain("null");
  });

  it("warns of a second copy only while a decision is asked for", () => {
    const unknown = { ...pending, status: "UNKNOWN" } as const;
    expect(describeDelivery({ ...unknown, needsDecision: true }).advice).toContain("twice");
    expect(describeDelivery(unknown).advice).toContain("may still tell");
    expect(describeDelivery({ ...unknown, resolution: "LEFT" }).words).toContain("left it");
    expect(describeDelivery({ ...unknown, resolution: "SENT_AGAIN" }).words).toContain("sent it again");
  });

  it.each([
    [null, "Sent"],
    ["sent", "Sent"],
    ["delivered", "Delivered"],
    ["read", "Read"],
    ["played", "Played"],
  ] as const)("calls a message that was reported as %s %s", (deliveryStatus, words) => {
    expect(describeDelivery({ ...pending, status: "SENT", deliveryStatus })).toMatchObject({ words, loud: false });
  });

  it("tells a first try from a later one", () => {
    expect(describeDelivery(pending).words).toBe("Waiting to be sent");
    expect(describeDelivery({ ...pending, attempt: 1 }).words).toBe("Waiting to be tried again");
  });
});
