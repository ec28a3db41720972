import { spawn } from "node:child_process";
import { createHash } from "node:crypto";
import { once } from "node:events";
import { cpSync, existsSync, globSync, readFileSync, rmSync, statSync, writeFileSync } from "node:fs";
import path from "node:path";
import * as esbuild from "esbuild";
import { generate } from "./generate";

const STAMP = ".next/frontdesk-build.json";
const RESULTS = [
  STAMP,
  ".next/standalone/server.js",
  "dist/hook.mjs",
  "dist/worker.mjs",
  "src/generated/prisma/client.ts",
];
const SOURCES = [
  "src/**/*",
  "public/**/*",
  "prisma/schema.prisma",
  "prisma/migrations/**/*",
  "scripts/launch/{build,generate}.ts",
  "{package-lock,tsconfig}.json",
  "*.config.{ts,mjs}",
];

/** Whether there is a production build of exactly these sources. */
export function buildIsFresh(): boolean {
  if (!RESULTS.every((file) => existsSync(file))) return false;
  return (JSON.parse(readFileSync(STAMP, "utf8")) as { sources?: string }).sources === fingerprint();
}

function fingerprint(): string {
  const hash = createHash("sha256");
  for (const file of SOURCES.flatMap((pattern) => globSync(pattern)).sort()) {
    if (/(\.test\.tsx?|^(vitest|playwright|eslint)\.config\.\w+)$/.test(file) || file.startsWith("src/generated/"))
      continue;
    if (statSync(file).isFile()) hash.update(`${file}\0`).update(readFileSync(file)).update("\0");
  }
  // These are written into the browser's code.
  const visible = Object.entries(process.env).filter(([name]) => name.startsWith("NEXT_PUBLIC_"));
  return hash.update(JSON.stringify(visible.sort())).digest("hex");
}

/** Makes the production build: the web server in `.next/standalone`, its hook and the worker in `dist`. */
export async function build(): Promise<void> {
  const sources = fingerprint();
  rmSync(STAMP, { force: true });
  await generate();
  const next = spawn("node_modules/.bin/next", ["build"], {
    stdio: "inherit",
    env: { ...process.env, NODE_ENV: "production", NEXT_TELEMETRY_DISABLED: "1" },
  });
  const [code] = (await once(next, "exit")) as [number | null];
  if (code !== 0) process.exit(1);
  completeStandalone();
  await bundle();
  writeFileSync(STAMP, JSON.stringify({ sources }));
}

function completeStandalone(): void {
  cpSync(".next/static", ".next/standalone/.next/static", { recursive: true });
  if (existsSync("public")) cpSync("public", ".next/standalone/public", { recursive: true });
  // Next copies environment files along; secrets stay where they are.
  for (const file of globSync(".next/standalone/.env*")) rmSync(file);
}

async function bundle(): Promise<void> {
  await esbuild.build({
    entryPoints: { worker: "src/jobs/worker.ts", hook: "src/hook.ts" },
    outdir: "dist",
    outExtension: { ".js": ".mjs" },
    bundle: true,
    packages: "external",
    alias: { "@": path.resolve("src") },
    format: "esm",
    platform: "node",
    target: "node22",
    sourcemap: true,
    logLevel: "warning",
  });
}
