import { execFileSync } from "node:child_process";
import { existsSync, globSync, readFileSync } from "node:fs";
import { describe, expect, it } from "vitest";

const MOST_LINES = 300;
const MACHINE_PATH = new RegExp(`(?<![\\w.)}\\]-])/(${["work", "farm", "root"].join("|")})/\\w`);

describe("the tree", () => {
  it("holds no source file that is too long to read in one sitting", () => {
    const long = globSync("src/**/*.{ts,tsx}")
      .filter((file) => !file.startsWith("src/generated/") && !/\.test\.tsx?$/.test(file))
      .filter((file) => readFileSync(file, "utf8").split("\n").length > MOST_LINES + 1);
    expect(long).toEqual([]);
  });

  it("names no path of one machine", () => {
    const files = ownFiles();
    expect(files).toContain("package.json");
    expect(files.filter((file) => MACHINE_PATH.test(readFileSync(file, "utf8")))).toEqual([]);
  });

  it("takes packages from whichever registry npm is set to", () => {
    expect(readFileSync("package-lock.json", "utf8")).not.toContain('"resolved": "http');
  });

  it("has no module whose name says nothing", () => {
    expect(globSync("src/**/{utils,helpers,types,index}.{ts,tsx}", { exclude: ["src/generated/**"] })).toEqual([]);
  });
});

/** What is in the repository or about to be. */
function ownFiles(): string[] {
  const list = execFileSync("git", ["ls-files", "--cached", "--others", "--exclude-standard"], { encoding: "utf8" });
  return list.split("\n").filter((file) => file && existsSync(file));
}
