import { describe, expect, it } from "vitest";
import { sign, signatureMatches } from "./signature";

const body = Buffer.from([0x7b, 0x00, 0xff, 0x7d]);
const good = sign(body, "secret");

describe("signatureMatches", () => {
  it.each([
    ["a missing header", null],
    ["an empty header", ""],
    ["a bare digest", good.slice("sha256=".length)],
    ["a truncated digest", good.slice(0, -2)],
    ["a longer digest", `${good}00`],
    ["another algorithm", good.replace("sha256", "sha1")],
    ["characters that are not hex", `sha256=${"z".repeat(64)}`],
    ["a line end after it", `${good}\n`],
    ["another secret's digest", sign(body, "other")],
    ["another body's digest", sign("{}", "secret")],
  ])("refuses %s", (_, header) => {
    expect(signatureMatches(body, header, "secret")).toBe(false);
  });

  it("takes the digest of these very bytes, in either case of hex", () => {
    expect(signatureMatches(body, good, "secret")).toBe(true);
    expect(signatureMatches(body, `sha256=${good.slice(7).toUpperCase()}`, "secret")).toBe(true);
  });

  it("signs as the published HMAC-SHA256 example does", () => {
    const digest = "f7bc83f430538424b13298e6aa6fb143ef4d59a14946175997479dbc2d1a3cd8";
    expect(sign("The quick brown fox jumps over the lazy dog", "key")).toBe(`sha256=${digest}`);
  });
});
