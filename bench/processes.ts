import { type ChildProcess } from "node:child_process";
import { once } from "node:events";
import { readFile } from "node:fs/promises";
import { createInterface } from "node:readline";
import { setTimeout as delay } from "node:timers/promises";
import { killGroup, spawnLeashed } from "../scripts/launch/children";
import { median } from "./figures";

/** Starts a Node program; what it says on stderr is shown. It ends when this process does. */
export function startNode(args: string[], env: Record<string, string>): ChildProcess {
  const child = spawnLeashed(args, { env, output: "pipe" });
  child.stderr?.pipe(process.stderr, { end: false });
  child.stdout?.resume();
  return child;
}

/** Starts a program of the benchmark's own, which answers {@link ask}. */
export function startOwn(file: string): ChildProcess {
  return startNode(["--import", "tsx", `bench/${file}`], process.env as Record<string, string>);
}

/** Sends a message to a program of the benchmark's own and resolves with its answer. */
export async function ask<T>(child: ChildProcess, message: object): Promise<T> {
  const answered = new AbortController();
  const answer = Promise.race([once(child, "message", answered), endedEarly(child, answered)]);
  child.send(message);
  const [data] = (await answer) as [T];
  answered.abort();
  return data;
}

export async function untilAnswering(child: ChildProcess, address: string): Promise<void> {
  const answering = async () => {
    while (child.exitCode === null && !(await fetch(address).catch(() => undefined))?.ok) await delay(50);
  };
  await Promise.race([answering(), endedEarly(child)]);
}

export async function untilReady(worker: ChildProcess): Promise<void> {
  if (!worker.stdout) throw new Error("The worker's output cannot be read.");
  const lines = createInterface(worker.stdout);
  const ready = new Promise<void>((resolve) => {
    lines.on("line", (line) => line.includes('"msg":"worker ready"') && resolve());
  });
  await Promise.race([ready, endedEarly(worker)]);
}

/** Asks a program to stop and waits for it; ends it after 20 s. */
export async function end(child: ChildProcess): Promise<void> {
  if (child.exitCode === null && child.signalCode === null) {
    const ended = once(child, "exit");
    child.kill("SIGTERM");
    const late = setTimeout(() => killGroup(child), 20_000);
    await ended;
    clearTimeout(late);
  }
  killGroup(child);
}

/** The resident size of a process in MB: the median of nine samples over four seconds. */
export async function residentMb({ pid }: ChildProcess): Promise<number> {
  const samples: number[] = [];
  for (let taken = 0; taken < 9; taken++) {
    if (taken > 0) await delay(500);
    const status = await readFile(`/proc/${pid}/status`, "utf8");
    samples.push(Number(/^VmRSS:\s+(\d+) kB$/m.exec(status)?.[1]) / 1024);
  }
  return median(samples);
}

function endedEarly(child: ChildProcess, options: { signal?: AbortSignal } = {}): Promise<never> {
  const ended = once(child, "exit", options).then(([code, signal]) => {
    throw new Error(`${child.spawnargs.at(-1)} ended early (${signal ?? `exit code ${code}`}).`);
  });
  // Where it ends later, nobody waits any more.
  ended.catch(() => undefined);
  return ended;
}
