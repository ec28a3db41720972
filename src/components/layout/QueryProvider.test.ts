import { describe, expect, it } from "vitest";
import { ApiError } from "@/lib/http/client";
import { retryRead } from "./QueryProvider";

const words = { code: "X", supportCode: "E0000", message: "", userMessage: "" };

describe("retryRead", () => {
  it("tries twice more when the network or the server is away", () => {
    expect([0, 1, 2].map((failures) => retryRead(failures, new ApiError(0, words)))).toEqual([true, true, false]);
    expect(retryRead(0, new ApiError(503, words))).toBe(true);
  });

  it("takes a refusal and an answer of the wrong shape for final", () => {
    expect(retryRead(0, new ApiError(404, words))).toBe(false);
    expect(retryRead(0, new ApiError(429, words))).toBe(false);
    expect(retryRead(0, new TypeError("shape"))).toBe(false);
  });
});
