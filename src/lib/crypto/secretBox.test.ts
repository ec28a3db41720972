import { describe, expect, it } from "vitest";
import { secretBox } from "@/lib/crypto/secretBox";

const OLD = "an-old-key-of-some-forty-characters-long";
const NEW = "a-new-key-of-some-forty-characters-long!";

describe("secretBox", () => {
  it("refuses a ciphertext in which any part was changed", () => {
    const box = secretBox([NEW]);
    const parts = box.seal("a token").split(".");
    for (const index of parts.keys()) {
      const changed = parts.map((part, at) => (at === index ? (part[0] === "A" ? "B" : "A") + part.slice(1) : part));
      expect(() => box.open(changed.join(".")), `part ${index}`).toThrow();
    }
  });

  it("refuses a truncated tag, a truncated text and a text that was never sealed", () => {
    const box = secretBox([NEW]);
    const [version, id, iv, tag, data] = box.seal("a token").split(".") as [string, string, string, string, string];
    expect(() => box.open([version, id, iv, tag.slice(0, 6), data].join("."))).toThrow();
    expect(() => box.open([version, id, iv, tag, data.slice(0, -2)].join("."))).toThrow();
    expect(() => box.open("a token")).toThrow("not a sealed text");
    expect(() => box.open("")).toThrow("not a sealed text");
  });

  it("refuses what another key sealed, and names the key it lacks", () => {
    const sealed = secretBox([OLD]).seal("a token");
    expect(() => secretBox([NEW]).open(sealed)).toThrow(sealed.split(".")[1]);
  });

  it("opens what an older key sealed, and seals with the first", () => {
    const rotated = secretBox([NEW, OLD]);
    expect(rotated.open(secretBox([OLD]).seal("a token"))).toBe("a token");
    expect(secretBox([NEW]).open(rotated.seal("a token"))).toBe("a token");
  });

  it.each(["", "a", "naïve 日本語 🚿", "x".repeat(70_000)])("gives back the text it was given", (plain) => {
    const box = secretBox([NEW]);
    expect(box.open(box.seal(plain))).toBe(plain);
  });

  it("never seals to the same ciphertext twice", () => {
    const box = secretBox([NEW]);
    expect(box.seal("a token")).not.toBe(box.seal("a token"));
  });
});
