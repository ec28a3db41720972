import { execFile } from "node:child_process";
import { stat } from "node:fs/promises";
import path from "node:path";
import { promisify } from "node:util";
import { errno, StartError } from "./startError";

const run = promisify(execFile);

/** Who PostgreSQL runs as: undefined is the current user, which it accepts unless that is root. */
export type Account = { uid: number; gid: number } | undefined;

/** The account a cluster in `directory` runs as. PostgreSQL refuses root, so root hands it to the folder's owner or to `postgres`, made when absent. */
export async function clusterAccount(directory: string): Promise<Account> {
  if (process.getuid?.() !== 0) return undefined;
  const folder = await stat(directory).catch(() => undefined);
  if (folder && folder.uid !== 0) return { uid: folder.uid, gid: folder.gid };
  return (await systemAccount()) ?? (await makeSystemAccount());
}

async function systemAccount(): Promise<Account> {
  try {
    const [uid, gid] = await Promise.all([run("id", ["-u", "postgres"]), run("id", ["-g", "postgres"])]);
    return { uid: Number(uid.stdout), gid: Number(gid.stdout) };
  } catch {
    return undefined;
  }
}

async function makeSystemAccount(): Promise<Account> {
  try {
    await run("groupadd", ["--system", "postgres"]);
    await run("useradd", ["--system", "--gid", "postgres", "--no-create-home", "postgres"]);
  } catch (cause) {
    throw new StartError(
      "PostgreSQL does not run as root and the user postgres could not be made: start as another user.",
      { cause },
    );
  }
  return systemAccount();
}

/** Throws StartError, naming the folder, when `account` cannot pass through a parent of `target`. */
export async function requireEnterable(target: string, account: Account): Promise<void> {
  if (!account) return;
  for (const folder of parents(target)) {
    const info = await stat(folder).catch((error: unknown) => {
      if (errno(error) === "ENOENT") return undefined;
      throw error;
    });
    if (!info || mayEnter(info, account)) continue;
    throw new StartError(
      `PostgreSQL does not run as root, and the user it runs as cannot enter the folder ${folder}: allow that with chmod o+x ${folder}, or start as another user.`,
    );
  }
}

function mayEnter(folder: { mode: number; uid: number; gid: number }, { uid, gid }: { uid: number; gid: number }) {
  if (folder.uid === uid) return (folder.mode & 0o100) !== 0;
  if (folder.gid === gid) return (folder.mode & 0o010) !== 0;
  return (folder.mode & 0o001) !== 0;
}

/** The folders above a path, from the root down. */
function parents(target: string): string[] {
  const parent = path.dirname(path.resolve(target));
  return parent === path.dirname(parent) ? [parent] : [...parents(parent), parent];
}
