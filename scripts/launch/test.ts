import { spawn, type ChildProcess } from "node:child_process";
import { once } from "node:events";
import { chmodSync, mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import { findBrowser } from "./browser";
import { buildIsFresh } from "./build";
import { generate } from "./generate";
import { freePort } from "./ports";
import { newReport, readTotal, sum, totalLine, type Total } from "./report";

const PASSED: Total = { passed: 1, failed: 0 };
const FAILED: Total = { passed: 0, failed: 1 };

// All of them, in this order, are `npm test`.
const SUITES: Record<string, (filters: string[]) => Promise<Total>> = {
  verify: () => suite("verify", "node", () => ["scripts/verify.mjs"]),
  build,
  db: (filters) => vitest("db", filters),
  contract: (filters) => vitest("contract", filters),
  e2e,
};
const NEEDS_BUILD = ["contract", "e2e"];

let current: ChildProcess | undefined;
let interrupted = false;
for (const signal of ["SIGINT", "SIGTERM", "SIGHUP"] as const) {
  process.on(signal, () => {
    // A terminal tells the runners itself, and twice would make them drop what they have started. All of them clean up
    // at SIGINT, not all at SIGTERM.
    if (!interrupted && !(signal === "SIGINT" && process.stdin.isTTY)) current?.kill("SIGINT");
    interrupted = true;
  });
}

const [wanted = "all", ...filters] = process.argv.slice(2);
if (wanted === "long") process.env.TEST_LONG = "1";
await runAll(wanted in SUITES ? [...(NEEDS_BUILD.includes(wanted) ? ["build"] : []), wanted] : Object.keys(SUITES));

async function runAll(names: string[]): Promise<never> {
  const totals: Total[] = [];
  for (const name of names) {
    const started = Date.now();
    console.log(`\n== ${name}`);
    const total = await runOne(name);
    if (interrupted) process.exit(130);
    console.log(`== ${name}: ${totalLine(total)} in ${Math.round((Date.now() - started) / 1_000)} s`);
    totals.push(total);
  }
  const total = sum(totals);
  console.log(`\n${totalLine(total)}`);
  process.exit(total.failed > 0 || total.passed === 0 ? 1 : 0);
}

async function runOne(name: string): Promise<Total> {
  try {
    if (name === "db") await generate();
    return (await SUITES[name]?.(filters)) ?? FAILED;
  } catch (error) {
    console.error(error instanceof Error ? error.message : error);
    return FAILED;
  }
}

async function build(): Promise<Total> {
  if (buildIsFresh()) return PASSED;
  return (await run("tsx", ["scripts/build.ts"])) === 0 ? PASSED : FAILED;
}

function vitest(project: string, filters: string[]): Promise<Total> {
  return suite(project, "vitest", (report) => [
    ...["run", "--project", project, "--reporter=default", "--reporter=json", `--outputFile.json=${report}`],
    ...filters,
  ]);
}

async function e2e(filters: string[]): Promise<Total> {
  const folder = mkdtempSync(path.join(tmpdir(), "frontdesk-e2e-"));
  // Under root the database runs as another user, who must be able to enter.
  chmodSync(folder, 0o755);
  try {
    const env = { PLAYWRIGHT_CHROMIUM: await findBrowser(), E2E_PORT: String(await freePort()), E2E_DATA: folder };
    return await suite("e2e", "playwright", () => ["test", ...filters], env);
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

async function suite(
  name: string,
  program: string,
  args: (report: string) => string[],
  env: Record<string, string> = {},
): Promise<Total> {
  const report = newReport(name);
  return readTotal(report, await run(program, args(report), env));
}

async function run(program: string, args: string[], env: Record<string, string> = {}): Promise<number> {
  current = spawn(program, args, { stdio: "inherit", env: { ...process.env, ...env } });
  const [code] = (await once(current, "exit")) as [number | null];
  current = undefined;
  return code ?? 1;
}
