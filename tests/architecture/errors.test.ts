import { readFileSync } from "node:fs";
import { describe, expect, it } from "vitest";
import type { ErrorEntry } from "@/lib/errors/entry";
import { ERRORS } from "@/lib/errors/table";
import { databaseErrors } from "@/lib/errors/database";
import { networkErrors } from "@/lib/errors/network";
import { ruleErrors } from "@/lib/errors/rules";
import { signInErrors } from "@/lib/errors/signIn";
import { validationErrors } from "@/lib/errors/validation";
import { errorDocs } from "../../scripts/docs/errors";

const FAMILIES: Record<string, ErrorEntry>[] = [
  signInErrors,
  validationErrors,
  databaseErrors,
  networkErrors,
  ruleErrors,
];
const CLOSED_LIST = [400, 401, 403, 404, 405, 409, 413, 415, 429, 500, 503];

describe("the table of errors", () => {
  const entries: [string, ErrorEntry][] = Object.entries(ERRORS);

  it("has 40 codes or more, each name and each support code once", () => {
    const listed = FAMILIES.flatMap((family) => Object.keys(family));
    expect(entries.length).toBeGreaterThanOrEqual(40);
    expect(new Set(listed).size).toBe(listed.length);
    expect(new Set(entries.map(([, { supportCode }]) => supportCode)).size).toBe(entries.length);
  });

  it.each(FAMILIES.map((family, index) => [`E${index + 1}xxx`, family] as const))(
    "keeps %s to its family, without gaps",
    (prefix, family) => {
      const codes = Object.values(family).map(({ supportCode }) => supportCode);
      expect(codes).toEqual(codes.map((_, index) => `${prefix.slice(0, 2)}${String(index + 1).padStart(3, "0")}`));
    },
  );

  it.each(entries)("%s answers with a status of the contract, in plain sentences without a full stop", (_, entry) => {
    expect(CLOSED_LIST).toContain(entry.status);
    for (const text of [entry.message, entry.userMessage, entry.cause]) {
      expect(text).toMatch(/^[A-Z].{5,}[^.!?\s]$/);
      expect(text).not.toMatch(/[!<>{}|]|\bnull\b|\bundefined\b/);
    }
  });
});

describe("the documents of errors", () => {
  it.each(Object.entries(errorDocs()))("%s says what the table says (npm run docs:errors)", (file, text) => {
    expect(readFileSync(file, "utf8")).toBe(text);
  });
});
