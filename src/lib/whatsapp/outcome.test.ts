import { describe, expect, it } from "vitest";
import { backoffMs, classify } from "./outcome";

const failed = (code: unknown, message = "No") => ({ error: { message, code } });
const verdict = (status: number, body: unknown) => {
  const outcome = classify(status, body);
  return outcome.kind === "refused" ? outcome.verdict : outcome.kind;
};

const TABLE: Record<string, number[]> = {
  retry: [4, 80007, 130429, 131056, 131057],
  uncertain: [1, 2, 131000, 131016, 133004],
  channel: [0, 3, 10, 190, 200, 250, 299, 368, 130497, 131031, 131042, 131045, 131048, 133010],
  message: [100, 130403, 131008, 131009, 131021, 131026, 131047, 131050, 131051, 131053, 132000, 132015, 132099],
  waitDay: [131049],
};

describe("classify", () => {
  for (const [is, codes] of Object.entries(TABLE)) {
    it.each(codes)(`takes code %i as ${is}, whatever the status`, (code) => {
      for (const status of [200, 400, 401, 429, 500, 503]) expect(verdict(status, failed(code))).toBe(is);
    });
  }

  it.each([
    [400, failed(999999), "message"],
    [400, failed(199), "message"],
    [400, failed(300), "message"],
    [400, failed(132100), "message"],
    [404, null, "message"],
    [429, null, "retry"],
    [429, failed(undefined), "retry"],
    [500, failed(999999), "uncertain"],
    [502, null, "uncertain"],
    [302, null, "uncertain"],
    [200, null, "uncertain"],
    [200, {}, "uncertain"],
    [200, [], "uncertain"],
    [200, { messages: [] }, "uncertain"],
    [200, { messages: [{ id: "" }] }, "uncertain"],
    [200, { messages: "wamid.1" }, "uncertain"],
    [500, { messages: [{ id: "wamid.1" }] }, "uncertain"],
    [400, failed("131047"), "message"],
    [500, failed("190"), "channel"],
    [400, failed("not a code"), "message"],
    [400, { error: "a string" }, "message"],
  ])("lets the status %i decide about %j: %s", (status, body, expected) => {
    expect(verdict(status, body)).toBe(expected);
  });

  it("takes the id of an accepted message", () => {
    expect(classify(200, { messages: [{ id: "wamid.1" }] })).toEqual({ kind: "accepted", wamid: "wamid.1" });
  });

  it("prefers the details of an error, and makes its text safe to store", () => {
    const error = { code: 131047, message: "Re-engagement", error_data: { details: "24 hours\0 passed \ud800" } };
    expect(classify(400, { error })).toMatchObject({ code: 131047, message: "24 hours passed \ufffd" });
    expect(classify(400, failed(100, "Bad"))).toMatchObject({ message: "Bad" });
    expect(classify(404, null)).toMatchObject({ code: null, message: "The answer was HTTP 404" });
  });
});

describe("backoffMs", () => {
  it("waits 4^n seconds for a recipient who got too much, at most an hour", () => {
    expect([1, 2, 3, 4, 5, 6, 50].map((n) => backoffMs(n, 131056, () => 0))).toEqual([
      4_000, 16_000, 64_000, 256_000, 1_024_000, 3_600_000, 3_600_000,
    ]);
  });

  it("doubles from one second to five minutes for anything else, half of it by chance", () => {
    expect([1, 2, 3, 9, 10, 2000].map((n) => backoffMs(n, 130429, () => 1))).toEqual([
      1_000, 2_000, 4_000, 256_000, 300_000, 300_000,
    ]);
    expect(backoffMs(3, null, () => 0.5)).toBe(3_000);
    expect(backoffMs(3, null, () => 0)).toBe(2_000);
  });

  it("takes a count that makes no sense as the first", () => {
    for (const attempt of [0, -1, NaN]) expect(backoffMs(attempt, null, () => 1)).toBe(1_000);
  });
});
