import { chown, mkdir, mkdtemp, readdir, readFile, rename, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import path from "node:path";
import { clusterAccount, requireEnterable, type Account } from "./account";
import { postgresBinaries, runAs, type Binaries } from "./binaries";
import { prepareLogin } from "./login";
import { clearStalePidFile, startServer, stopServer } from "./server";
import { errno, StartError } from "./startError";
import { isAlive, newState, readState, statePath, withStartLock, writeState, type State } from "./state";

export interface RunningPostgres {
  /** login `frontdesk`, database `frontdesk`; not a superuser */
  url: string;
  /** superuser, database postgres */
  adminUrl: string;
  port: number;
  /** Shuts the server down fast and waits for it; does nothing when another living process started it. */
  stop(): Promise<void>;
}

export interface StartOptions {
  /** for tests: nothing is flushed to disk */
  inMemoryDurability?: boolean;
}

/** What every step of a start works on. */
export interface Cluster {
  directory: string;
  account: Account;
  binaries: Binaries;
}

/**
 * Starts PostgreSQL in `directory` (made on first use) on a free loopback port, or joins the server already running there.
 * Throws StartError, with one clear sentence, for a folder that is broken, of another major version or not permitted.
 */
export async function startPostgres(directory: string, options: StartOptions = {}): Promise<RunningPostgres> {
  const folder = path.resolve(directory);
  try {
    return await start(folder, options);
  } catch (error) {
    const code = errno(error);
    if (code === "EACCES" || code === "EPERM" || code === "EROFS")
      throw new StartError(`No permission to use the database folder ${folder} or its parent.`, { cause: error });
    if (code === "ENOTDIR" || code === "EEXIST")
      throw new StartError(`The database folder ${folder} is not a folder.`, { cause: error });
    throw error;
  }
}

async function start(directory: string, options: StartOptions): Promise<RunningPostgres> {
  const binaries = await postgresBinaries();
  await mkdir(path.dirname(directory), { recursive: true });
  const account = await clusterAccount(directory);
  await requireEnterable(directory, account);
  await requireEnterable(binaries.postgres, account);
  const cluster: Cluster = { directory, account, binaries };
  return withStartLock(directory, async () => {
    const state = await ensureCluster(cluster, options);
    const running = await clearStalePidFile(cluster, state.adminPassword);
    const port = running ?? (await startServer(cluster, options.inMemoryDurability ?? false));
    const owned = running === undefined || state.ownerPid === undefined || !isAlive(state.ownerPid);
    if (owned) await writeState(directory, { ...state, ownerPid: process.pid });
    const adminUrl = `postgresql://postgres:${state.adminPassword}@127.0.0.1:${port}/postgres`;
    const url = `postgresql://frontdesk:${state.loginPassword}@127.0.0.1:${port}/frontdesk`;
    let stopped: Promise<void> | undefined;
    const stop = () => (stopped ??= owned ? stopServer(cluster) : Promise.resolve());
    try {
      await prepareLogin(adminUrl, state.loginPassword);
    } catch (error) {
      await stop();
      throw error;
    }
    return { url, adminUrl, port, stop };
  });
}

/** The cluster's passwords, after making the cluster when there is none. */
async function ensureCluster(cluster: Cluster, options: StartOptions): Promise<State> {
  const { directory, binaries } = cluster;
  const entries = await readdir(directory).catch((error: unknown): string[] => {
    if (errno(error) === "ENOENT") return [];
    throw error;
  });
  if (entries.length === 0) return makeCluster(cluster, options);
  const version = await readFile(path.join(directory, "PG_VERSION"), "utf8").catch((error: unknown) => {
    if (errno(error) === "ENOENT") return "";
    throw error;
  });
  if (!version.trim() || !entries.includes("global"))
    throw new StartError(`The folder ${directory} is not a whole PostgreSQL database: restore it, or move it away.`);
  if (version.trim() !== binaries.major)
    throw new StartError(
      `The database in ${directory} was made by PostgreSQL ${version.trim()} and this program brings ${binaries.major}: move the folder away, or run that version and set DATABASE_URL.`,
    );
  const state = await readState(directory);
  if (state) return state;
  throw new StartError(
    `The file ${statePath(directory)}, which keeps the passwords of the database in ${directory}, is missing: restore it, or move the folder away.`,
  );
}

/** Makes the cluster beside its place and moves it there whole, so that an interrupted first start leaves nothing half-made. */
async function makeCluster(cluster: Cluster, options: StartOptions): Promise<State> {
  const { directory, account, binaries } = cluster;
  const state = newState();
  const fresh = `${directory}.new`;
  await rm(fresh, { recursive: true, force: true });
  await mkdir(fresh, { mode: 0o700 });
  const secrets = await mkdtemp(path.join(tmpdir(), "frontdesk-initdb-"));
  const passwordFile = path.join(secrets, "password");
  await writeFile(passwordFile, state.adminPassword, { mode: 0o600 });
  if (account) for (const own of [fresh, secrets, passwordFile]) await chown(own, account.uid, account.gid);
  try {
    const args = initdbArguments(fresh, passwordFile);
    if (options.inMemoryDurability) args.push("--no-sync");
    const { code, output } = await runAs(account, binaries.initdb, args, secrets);
    if (code !== 0) {
      const reason =
        output
          .trim()
          .split("\n")
          .find((line) => line.includes("error:")) ?? `exit code ${code}`;
      throw new StartError(`The database in ${directory} could not be made: ${reason}.`);
    }
  } finally {
    await rm(secrets, { recursive: true, force: true });
  }
  await writeState(directory, state);
  await rename(fresh, directory);
  return state;
}

function initdbArguments(directory: string, passwordFile: string): string[] {
  return [
    `--pgdata=${directory}`,
    `--pwfile=${passwordFile}`,
    "--username=postgres",
    "--auth=scram-sha-256",
    "--encoding=UTF8",
    // The built-in provider sorts and folds case the same on every machine, whatever its locales.
    "--locale=C",
    "--locale-provider=builtin",
    "--builtin-locale=C.UTF-8",
    "--no-instructions",
  ];
}
