import { randomBytes } from "node:crypto";
import { open, readFile, rename, rm, writeFile } from "node:fs/promises";
import { setTimeout as delay } from "node:timers/promises";
import { z } from "zod";
import { errno, StartError } from "./startError";

const State = z.object({
  adminPassword: z.string(),
  loginPassword: z.string(),
  /** the process that stops the server when it ends */
  ownerPid: z.number().int().optional(),
});
export type State = z.infer<typeof State>;

/** The file beside a cluster that keeps its passwords and its owner, readable by its user alone. */
export function statePath(directory: string): string {
  return `${directory}.json`;
}

/** Reads the state, or undefined when there is none. Throws StartError for a file that cannot be read as one. */
export async function readState(directory: string): Promise<State | undefined> {
  const file = statePath(directory);
  try {
    return State.parse(JSON.parse(await readFile(file, "utf8")));
  } catch (cause) {
    if (errno(cause) === "ENOENT") return undefined;
    if (errno(cause) !== undefined) throw cause;
    throw new StartError(
      `The file ${file}, which keeps the database's passwords, is damaged: restore it, or remove it together with ${directory} to start anew.`,
      { cause },
    );
  }
}

/** New passwords for a cluster about to be made. */
export function newState(): State {
  return { adminPassword: randomBytes(24).toString("hex"), loginPassword: randomBytes(24).toString("hex") };
}

/** Replaces the state in one step. */
export async function writeState(directory: string, state: State): Promise<void> {
  const file = statePath(directory);
  await writeFile(`${file}.new`, `${JSON.stringify(state, null, 2)}\n`, { mode: 0o600 });
  await rename(`${file}.new`, file);
}

/** Whether a process of this number exists. */
export function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    return errno(error) === "EPERM";
  }
}

/** Runs `work` while no other start works on the same directory. The lock of a dead process is taken over. */
export async function withStartLock<T>(directory: string, work: () => Promise<T>): Promise<T> {
  const file = `${directory}.lock`;
  const deadline = Date.now() + 60_000;
  while (!(await take(file))) {
    const holder = Number(await readFile(file, "utf8").catch(() => ""));
    if (holder > 0 && !isAlive(holder)) await rm(file, { force: true });
    else if (Date.now() > deadline) throw new StartError(`Another start holds ${file}: end it, or remove the file.`);
    else await delay(50);
  }
  try {
    return await work();
  } finally {
    await rm(file, { force: true });
  }
}

async function take(file: string): Promise<boolean> {
  try {
    const handle = await open(file, "wx", 0o600);
    await handle.writeFile(String(process.pid));
    await handle.close();
    return true;
  } catch (error) {
    if (errno(error) === "EEXIST") return false;
    throw error;
  }
}
