import { spawn } from "node:child_process";
import { once } from "node:events";
import { generate } from "./generate";
import { newReport, readTotal, sum, totalLine, writeTotal, type Total } from "./report";

interface Check {
  name: string;
  /** a program of node_modules/.bin and its arguments */
  command: [string, ...string[]];
  /** a runner's own report; without one the exit code is the whole result */
  report?: string;
}

const unit = newReport("unit");
// The longest first: two run at a time.
const CHECKS: Check[] = [
  { name: "lint", command: ["eslint", "--max-warnings=0", "."] },
  { name: "types", command: ["tsc", "--noEmit"] },
  {
    name: "unit and architecture tests",
    command: [
      "vitest",
      "run",
      "--project",
      "unit",
      "--reporter=default",
      "--reporter=json",
      `--outputFile.json=${unit}`,
    ],
    report: unit,
  },
  { name: "format", command: ["prettier", "--check", "--log-level=warn", "."] },
  {
    name: "import rules",
    command: ["depcruise", "--config", ".dependency-cruiser.cjs", "src", "scripts", "tests", "prisma", "e2e", "bench"],
  },
  { name: "dead code", command: ["knip"] },
];

const total = await verify();
writeTotal("verify", total);
console.log(totalLine(total));
process.exit(total.failed === 0 ? 0 : 1);

async function verify(): Promise<Total> {
  console.log("verify");
  const generated = await generateFirst();
  const queue = [...CHECKS];
  const totals: Total[] = [generated];
  const lane = async () => {
    for (let check = queue.shift(); check; check = queue.shift()) totals.push(await run(check));
  };
  await Promise.all([lane(), lane()]);
  return sum(totals);
}

async function run({ name, command: [program, ...args], report }: Check): Promise<Total> {
  const started = Date.now();
  const child = spawn(`node_modules/.bin/${program}`, args, { stdio: ["ignore", "pipe", "pipe"] });
  let output = "";
  for (const stream of [child.stdout, child.stderr]) stream.on("data", (part: Buffer) => (output += part.toString()));
  const [code] = (await once(child, "close")) as [number | null];
  const exitCode = code ?? 1;
  const total = report ? readTotal(report, exitCode) : { passed: exitCode ? 0 : 1, failed: exitCode ? 1 : 0 };
  print(name, total, Date.now() - started, output);
  return total;
}

async function generateFirst(): Promise<Total> {
  const started = Date.now();
  const failure = await generate().then(
    () => "",
    (error: unknown) => String(error),
  );
  const total = failure ? { passed: 0, failed: 1 } : { passed: 1, failed: 0 };
  print("generated code", total, Date.now() - started, failure);
  return total;
}

function print(name: string, { failed }: Total, ms: number, output: string): void {
  console.log(`  ${failed ? "FAILED" : "ok    "}  ${(ms / 1_000).toFixed(1).padStart(5)} s  ${name}`);
  if (failed) console.log(output.trimEnd());
}
