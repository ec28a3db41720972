import { existsSync, globSync, readFileSync } from "node:fs";
import path from "node:path";
import { describe, expect, it } from "vitest";

// A page without markup only redirects and has nothing to wait for.
const pages = globSync("src/app/**/page.tsx")
  .filter((page) => /<\/|\/>/.test(readFileSync(page, "utf8")))
  .sort();

describe("pages", () => {
  it("exist", () => {
    expect(pages.length).toBeGreaterThan(0);
  });

  it.each(pages)("%s has its own error and loading", (page) => {
    const missing = ["error.tsx", "loading.tsx"].filter((file) => !existsSync(path.join(path.dirname(page), file)));
    expect(missing).toEqual([]);
  });
});
