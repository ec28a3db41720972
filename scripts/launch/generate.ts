import { execFile } from "node:child_process";
import { createHash } from "node:crypto";
import { existsSync, globSync, readFileSync, writeFileSync } from "node:fs";
import path from "node:path";
import { promisify } from "node:util";

const STAMP = "src/generated/.stamp";
const RESULTS = ["src/generated/prisma/client.ts", "next-env.d.ts", ".next/types/routes.d.ts"];

/** Makes the Prisma client, the list of migrations and Next's types; does nothing when they are fresh. */
export async function generate(): Promise<void> {
  const wanted = fingerprint();
  if (RESULTS.every((file) => existsSync(file)) && readOr(STAMP, "") === wanted) return;
  // The engine is for migrating alone; naming any file keeps the client's generator from looking for a download.
  const withoutEngine = { PRISMA_SCHEMA_ENGINE_BINARY: path.resolve("package.json"), PRISMA_HIDE_UPDATE_MESSAGE: "1" };
  await run("prisma", ["generate"], withoutEngine);
  await run("tsx", ["scripts/db/migrationNames.ts"]);
  await run("next", ["typegen"], { NEXT_TELEMETRY_DISABLED: "1" });
  writeFileSync(STAMP, wanted);
}

function fingerprint(): string {
  const hash = createHash("sha256").update(readFileSync("prisma/schema.prisma"));
  const names = [...globSync("prisma/migrations/*"), ...globSync("src/app/**/*.{ts,tsx}")];
  return hash.update(names.sort().join("\n")).update(readFileSync("package-lock.json")).digest("hex");
}

function readOr(file: string, otherwise: string): string {
  return existsSync(file) ? readFileSync(file, "utf8") : otherwise;
}

async function run(program: string, args: string[], extra: Record<string, string> = {}): Promise<void> {
  try {
    await promisify(execFile)(`node_modules/.bin/${program}`, args, { env: { ...process.env, ...extra } });
  } catch (cause) {
    const { stdout = "", stderr = "" } = cause as { stdout?: string; stderr?: string };
    throw new Error(`${program} ${args.join(" ")} failed.\n${stdout}${stderr}`, { cause });
  }
}
