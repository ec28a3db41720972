import { existsSync, mkdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";

/** How many checks passed and failed. */
export interface Total {
  passed: number;
  failed: number;
}

const FOLDER = ".reports";
const CRASHED: Total = { passed: 0, failed: 1 };

/** The place of a runner's machine-readable report; what an earlier run left there is removed. */
export function newReport(name: string): string {
  mkdirSync(FOLDER, { recursive: true });
  const file = `${FOLDER}/${name}.json`;
  rmSync(file, { force: true });
  return file;
}

/** Keeps a total as a report of its own. */
export function writeTotal(name: string, total: Total): void {
  writeFileSync(newReport(name), JSON.stringify(total));
}

/** Reads a report. A runner that crashed, left none or ran nothing counts as one failure; so does a bad exit without one. */
export function readTotal(file: string, exitCode: number): Total {
  const total = existsSync(file) ? countOf(JSON.parse(readFileSync(file, "utf8")) as Report) : CRASHED;
  if (total.failed === 0 && (exitCode !== 0 || total.passed === 0)) return { ...total, failed: 1 };
  return total;
}

interface Report {
  passed?: number;
  failed?: number;
  numPassedTests?: number;
  numFailedTests?: number;
  testResults?: { status: string; assertionResults: { status: string }[] }[];
  stats?: { expected: number; unexpected: number; flaky: number };
  errors?: unknown[];
}

function countOf(report: Report): Total {
  if (report.stats) {
    const { expected, unexpected, flaky } = report.stats;
    return { passed: expected, failed: unexpected + flaky };
  }
  if (report.testResults) {
    // A file that failed outside its tests has no failed test to count.
    const broken = report.testResults.filter(
      (file) => file.status === "failed" && !file.assertionResults.some((test) => test.status === "failed"),
    );
    return { passed: report.numPassedTests ?? 0, failed: (report.numFailedTests ?? 0) + broken.length };
  }
  return { passed: report.passed ?? 0, failed: report.failed ?? 1 };
}

/** Adds totals up. */
export function sum(totals: Total[]): Total {
  return {
    passed: totals.reduce((all, { passed }) => all + passed, 0),
    failed: totals.reduce((all, { failed }) => all + failed, 0),
  };
}

/** The line that ends every run. */
export function totalLine({ passed, failed }: Total): string {
  return `${passed} passed, ${failed} failed`;
}
