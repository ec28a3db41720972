import { spawn, type ChildProcess } from "node:child_process";
import { once } from "node:events";
import { fileURLToPath } from "node:url";

const LEASH = fileURLToPath(new URL("./leash.mjs", import.meta.url));
const STOP_AFTER_MS = 15_000;
const LONGEST_PAUSE_MS = 30_000;

export interface Program {
  name: string;
  /** what Node is given: options, script, arguments */
  args: string[];
  env: Variables;
}

type Variables = Record<string, string | undefined>;

/** Starts a Node program that heads a group of its own and ends when this process does. */
export function spawnLeashed(args: string[], options: { env: Variables; output?: "pipe" }): ChildProcess {
  const output = options.output ?? "inherit";
  return spawn(process.execPath, ["--import", LEASH, ...args], {
    // Ctrl-C reaches the launcher alone, which then stops its children in order.
    detached: true,
    stdio: ["ignore", output, output, "ipc"],
    env: { ...options.env, FRONTDESK_LEASH: "1" } as unknown as NodeJS.ProcessEnv,
  });
}

/** Ends a child and everything it has started, at once. */
export function killGroup({ pid }: ChildProcess): void {
  try {
    if (pid) process.kill(-pid, "SIGKILL");
  } catch {
    // Nothing of the group is left.
  }
}

/** The programs under one roof: started, watched, and ended together. */
export class Children {
  readonly #running = new Set<ChildProcess>();
  readonly #pauses = new Set<NodeJS.Timeout>();
  #stopping = false;

  /** Runs a program to its end; resolves with undefined when it went well, else with a sentence. Never, once stopping. */
  async run({ name, args, env }: Program): Promise<string | undefined> {
    const child = spawnLeashed(args, { env });
    this.#running.add(child);
    const [code, signal] = (await once(child, "exit")) as [number | null, string | null];
    this.#running.delete(child);
    killGroup(child);
    if (this.#stopping) return new Promise(() => undefined);
    return code === 0 ? undefined : `The ${name} ended with ${signal ?? `exit code ${code}`}.`;
  }

  /** Keeps a program running: when it ends by itself it is started again, after a pause that doubles up to 30 s. */
  async keep(program: Program): Promise<never> {
    for (let pause = 1_000; ; pause = Math.min(pause * 2, LONGEST_PAUSE_MS)) {
      const started = Date.now();
      const sentence = (await this.run(program)) ?? `The ${program.name} ended by itself.`;
      if (Date.now() - started > 60_000) pause = 1_000;
      console.error(`${sentence} It starts again in ${pause / 1_000} s.`);
      await new Promise((resolve) => this.#pauses.add(setTimeout(resolve, pause)));
    }
  }

  /** Asks all to finish what they hold, waits 15 s at most, then ends them. */
  async stop(): Promise<void> {
    this.#stopping = true;
    for (const pause of this.#pauses) clearTimeout(pause);
    const children = [...this.#running];
    const ended = children.map((child) => once(child, "exit"));
    for (const child of children) child.kill("SIGTERM");
    const late = setTimeout(() => this.kill(), STOP_AFTER_MS);
    await Promise.all(ended);
    clearTimeout(late);
    children.forEach(killGroup);
  }

  /** Ends all at once. */
  kill(): void {
    for (const child of this.#running) killGroup(child);
  }
}
