import { setTimeout as delay } from "node:timers/promises";
import type { Env } from "@/lib/env";
import { StartError } from "../embedded/startError";
import { Children } from "./children";
import { openDatabase, prepareDatabase } from "./database";
import { requirePort } from "./ports";
import { readSettings, type Settings } from "./settings";
import { stopSignal } from "./signals";

/** One way to run the program: as people use it, or while it is written. */
export interface Mode {
  environment: "production" | "development";
  /** makes what the programs need before they start */
  prepare(children: Children): Promise<void>;
  /** Node's arguments for each program */
  web(settings: Settings): string[];
  worker: string[];
}

/** Runs the program until Ctrl-C; the exit code is 0 when it was asked to stop, and 1 when it could not start or go on. */
export async function run(mode: Mode): Promise<never> {
  const children = new Children();
  const stopping = stopSignal(() => children.kill());
  let closeDatabase = () => Promise.resolve();
  let exitCode = 0;
  try {
    const settings = readSettings(mode.environment);
    if (settings.parsed.FRONTDESK_ROLE !== "worker") await requirePort(settings.parsed.PORT, settings.host);
    await untilAborted(stopping, mode.prepare(children));
    closeDatabase = await openDatabase(settings);
    stopping.throwIfAborted();
    await prepareDatabase(settings);
    stopping.throwIfAborted();
    await untilAborted(stopping, runPrograms(mode, settings, children));
  } catch (error) {
    if (!stopping.aborted) {
      exitCode = 1;
      console.error(explain(error));
    }
  }
  await children.stop();
  await closeDatabase();
  process.exit(exitCode);
}

/** Waits for the work, or throws as soon as the signal aborts. */
async function untilAborted(signal: AbortSignal, work: Promise<void>): Promise<void> {
  signal.throwIfAborted();
  const aborted = new Promise<void>((resolve) => signal.addEventListener("abort", () => resolve()));
  await Promise.race([work, aborted]);
  signal.throwIfAborted();
}

/** Never resolves; rejects with a sentence when the web server is lost. */
async function runPrograms(mode: Mode, settings: Settings, children: Children): Promise<void> {
  const { FRONTDESK_ROLE: role } = settings.parsed;
  const { variables: env } = settings;
  const tasks: Promise<void>[] = [];
  if (role !== "web") tasks.push(children.keep({ name: "worker", args: mode.worker, env }));
  if (role !== "worker") {
    const ended = children.run({ name: "web server", args: mode.web(settings), env });
    tasks.push(ended.then((sentence = "The web server ended by itself.") => Promise.reject(new StartError(sentence))));
    tasks.push(answers(settings).then(() => console.log(greeting(settings.parsed))));
  } else console.log("The worker runs. Ctrl-C stops it.");
  await Promise.all(tasks);
}

async function answers({ host, variables }: Settings): Promise<void> {
  const address = `http://${host === "0.0.0.0" ? "127.0.0.1" : host}:${variables.PORT}/api/ping`;
  for (;;) {
    const response = await fetch(address, { signal: AbortSignal.timeout(10_000) }).catch(() => undefined);
    if (response?.ok) return;
    await delay(50);
  }
}

function greeting({ APP_URL, FRONTDESK_DEMO }: Env): string {
  return `\nOpen ${APP_URL} and ${FRONTDESK_DEMO ? "choose Sign in to the demo" : "sign in"}. Ctrl-C stops everything.\n`;
}

function explain(error: unknown): string {
  if (!(error instanceof Error)) return String(error);
  return process.env.LOG_LEVEL === "debug" ? String(error.stack) : error.message;
}
