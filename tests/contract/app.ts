import { type ChildProcess } from "node:child_process";
import { once } from "node:events";
import { existsSync } from "node:fs";
import { createInterface } from "node:readline";
import { setTimeout as delay } from "node:timers/promises";
import { killGroup, spawnLeashed } from "../../scripts/launch/children";
import { freePort } from "../../scripts/launch/ports";
import { WEB, WORKER } from "../../scripts/launch/programs";
import { createTestDatabase } from "../db/testDatabase";
import { NO_LIMITS } from "../fixtures/limits";

export interface TestApp {
  /** without a slash at its end */
  baseUrl: string;
  databaseUrl: string;
  /** superuser, on the same database */
  adminUrl: string;
  /** what web and worker were started with */
  env: Record<string, string>;
  web: ChildProcess;
  worker: {
    /** Starts one more worker; resolves when it is ready. `extraNodeArgs` go to Node, before the script. */
    start(extraNodeArgs?: string[], extraEnv?: Record<string, string>): Promise<ChildProcess>;
  };
  /** Ends web and workers and drops the database. */
  stop(): Promise<void>;
}

/** The built web server on a free port and a database of its own; no worker yet. Throws when there is no build. */
export async function startApp(overrides: Record<string, string> = {}): Promise<TestApp> {
  for (const file of [...WEB, ...WORKER].filter((argument) => /\.m?js$/.test(argument)))
    if (!existsSync(file)) throw new Error(`There is no ${file}: run npm run build first.`);
  const database = await createTestDatabase();
  const started: ChildProcess[] = [];
  const stop = async () => {
    await Promise.all(started.map(end));
    await database.drop();
  };
  try {
    const port = await freePort();
    const baseUrl = `http://127.0.0.1:${port}`;
    const env = { ...environment(baseUrl, port, database.url), ...overrides };
    const web = start(started, WEB, env);
    await untilAnswering(web, `${baseUrl}/api/ping`);
    const startWorker = async (nodeArgs: string[] = [], extraEnv: Record<string, string> = {}) => {
      const worker = start(started, [...nodeArgs, ...WORKER], { ...env, ...extraEnv });
      await untilReady(worker);
      return worker;
    };
    const { url: databaseUrl, adminUrl } = database;
    return { baseUrl, databaseUrl, adminUrl, env, web, worker: { start: startWorker }, stop };
  } catch (error) {
    await stop();
    throw error;
  }
}

// Nothing of the developer's own environment decides what a test sees.
function environment(baseUrl: string, port: number, databaseUrl: string): Record<string, string> {
  return {
    PATH: process.env.PATH ?? "",
    NODE_ENV: "production",
    NEXT_TELEMETRY_DISABLED: "1",
    HOSTNAME: "127.0.0.1",
    PORT: String(port),
    APP_URL: baseUrl,
    NEXTAUTH_URL: baseUrl,
    DATABASE_URL: databaseUrl,
    NEXTAUTH_SECRET: "a secret of the tests, 32 characters or more",
    ENCRYPTION_KEY: "a key of the tests of 32 characters or more",
    ...NO_LIMITS,
    WHATSAPP_APP_SECRET: "app-secret-of-the-tests",
    WHATSAPP_VERIFY_TOKEN: "verify-token-of-the-tests",
  };
}

function start(started: ChildProcess[], args: string[], env: Record<string, string>): ChildProcess {
  const child = spawnLeashed(args, { env, output: "pipe" });
  started.push(child);
  // Its log is shown only for the one who asks; read in any case, or the child would stop at a full pipe.
  child.stderr?.on("data", (part: Buffer) => process.stderr.write(part));
  child.stdout?.on("data", (part: Buffer) => void (process.env.TEST_LOG && process.stdout.write(part)));
  return child;
}

async function end(child: ChildProcess): Promise<void> {
  if (child.exitCode === null && child.signalCode === null) {
    const ended = once(child, "exit");
    child.kill("SIGTERM");
    const late = setTimeout(() => killGroup(child), 20_000);
    await ended;
    clearTimeout(late);
  }
  killGroup(child);
}

async function untilAnswering(web: ChildProcess, address: string): Promise<void> {
  const ended = endedEarly(web, "The web server");
  const answering = async () => {
    while (web.exitCode === null && !(await fetch(address).catch(() => undefined))?.ok) await delay(50);
  };
  await Promise.race([answering(), ended]);
}

async function untilReady(worker: ChildProcess): Promise<void> {
  if (!worker.stdout) throw new Error("The worker's output cannot be read.");
  const lines = createInterface(worker.stdout);
  const ready = new Promise<void>((resolve) => {
    lines.on("line", (line) => line.includes('"msg":"worker ready"') && resolve());
  });
  await Promise.race([ready, endedEarly(worker, "The worker")]);
}

function endedEarly(child: ChildProcess, name: string): Promise<never> {
  const ended = once(child, "exit").then(([code, signal]) => {
    throw new Error(`${name} ended before it was ready (${signal ?? `exit code ${code}`}).`);
  });
  // Where it ends later, nobody waits any more.
  ended.catch(() => undefined);
  return ended;
}
