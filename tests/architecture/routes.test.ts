import { existsSync, globSync, readFileSync } from "node:fs";
import path from "node:path";
import { describe, expect, it } from "vitest";

const routes = globSync("src/app/**/route.ts").sort();
const tests = globSync(["tests/contract/**/*.test.ts", "src/app/**/*.test.ts"]).map((file) =>
  readFileSync(file, "utf8"),
);

// Ping touches nothing; the sign-in library answers for itself.
const UNWRAPPED = ["src/app/api/ping/route.ts", "src/app/api/auth/[...nextauth]/route.ts"];

describe("routes", () => {
  it("exist", () => {
    expect(routes.length).toBeGreaterThan(0);
  });

  it.each(routes.filter((route) => !UNWRAPPED.includes(route)))("%s goes through the route wrapper", (route) => {
    const source = readFileSync(route, "utf8");
    expect(source).toMatch(/import \{[^}]*\b(endpoint|route)\b[^}]*\} from "@\/lib\/http\/route"/);
    expect(source).not.toMatch(/export (async )?function (GET|POST|PUT|PATCH|DELETE)\b/);
  });

  it.each(routes)("%s is named by a test", (route) => {
    const sibling = existsSync(path.join(path.dirname(route), "route.test.ts"));
    expect(sibling || tests.some((text) => addressPattern(route).test(text))).toBe(true);
  });
});

/** What a test writes for the address of a route file: any text of one segment stands for a parameter. */
function addressPattern(route: string): RegExp {
  const segments = path.dirname(route).replace("src/app", "").split("/");
  const parts = segments
    .filter((segment) => segment && !/^\(.*\)$/.test(segment))
    .map((segment) => {
      if (segment.startsWith("[...") || segment.startsWith("[[...")) return "[^\"'`\\s]+";
      if (segment.startsWith("[")) return "[^\"'`\\s/]+";
      return segment;
    });
  return new RegExp(`/${parts.join("/")}(?![\\w/-])`);
}
