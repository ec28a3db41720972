import { spawn, type ChildProcess } from "node:child_process";
import { once } from "node:events";
import { chmod, mkdir, mkdtemp, readFile, rename, rm, stat, writeFile } from "node:fs/promises";
import { createServer } from "node:net";
import { tmpdir } from "node:os";
import path from "node:path";
import pg from "pg";
import { afterEach, beforeEach, expect, test } from "vitest";
import { startPostgres, type RunningPostgres } from "../../scripts/embedded/postgres";

const ROOT = path.resolve(import.meta.dirname, "../..");
const TSX = path.join(ROOT, "node_modules/tsx/dist/cli.mjs");

let folder: string;
let directory: string;
let running: RunningPostgres[];
let children: ChildProcess[];

beforeEach(async () => {
  folder = await mkdtemp(path.join(tmpdir(), "embedded-"));
  await chmod(folder, 0o755);
  directory = path.join(folder, "postgres");
  running = [];
  children = [];
});

afterEach(async () => {
  for (const child of children) child.kill("SIGKILL");
  for (const postgres of running) await postgres.stop();
  await rm(folder, { recursive: true, force: true });
});

async function start(): Promise<RunningPostgres> {
  const postgres = await startPostgres(directory, { inMemoryDurability: true });
  running.push(postgres);
  return postgres;
}

/** Starts the database in another process, which then waits to be told to end. */
async function startElsewhere(): Promise<{ child: ChildProcess; port: number }> {
  const script = `
    import { startPostgres } from ${JSON.stringify(path.join(ROOT, "scripts/embedded/postgres.ts"))};
    const postgres = await startPostgres(process.env.DIRECTORY, { inMemoryDurability: true });
    process.on("message", async () => { await postgres.stop(); process.disconnect(); });
    process.send(postgres.port);`;
  const file = path.join(folder, "elsewhere.mts");
  await writeFile(file, script);
  const env = { ...process.env, DIRECTORY: directory };
  const child = spawn(process.execPath, ["--import", path.join(path.dirname(TSX), "esm/index.mjs"), file], {
    cwd: ROOT,
    env,
    stdio: ["ignore", "ignore", "inherit", "ipc"],
  });
  children.push(child);
  const [port] = (await once(child, "message")) as [number];
  return { child, port };
}

async function postmasterPid(): Promise<number> {
  return Number((await readFile(path.join(directory, "postmaster.pid"), "utf8")).split("\n")[0]);
}

async function query(url: string, text: string): Promise<Record<string, unknown>[]> {
  const client = new pg.Client(url);
  await client.connect();
  try {
    return (await client.query<Record<string, unknown>>(text)).rows;
  } finally {
    await client.end();
  }
}

async function answers(url: string): Promise<boolean> {
  return query(url, "SELECT 1").then(
    () => true,
    () => false,
  );
}

test("a folder that holds something else is named, and left as it is", async () => {
  await mkdir(directory);
  await writeFile(path.join(directory, "letter.txt"), "dear");
  await expect(start()).rejects.toThrow(`The folder ${directory} is not a whole PostgreSQL database`);
  expect(await readFile(path.join(directory, "letter.txt"), "utf8")).toBe("dear");
});

test("a file in the folder's place is named", async () => {
  await writeFile(directory, "");
  await expect(start()).rejects.toThrow(`The database folder ${directory} is not a folder.`);
});

test("a database of another major version is named with both versions", async () => {
  await (await start()).stop();
  await writeFile(path.join(directory, "PG_VERSION"), "12\n");
  await expect(start()).rejects.toThrow(
    `The database in ${directory} was made by PostgreSQL 12 and this program brings 18`,
  );
});

test("a damaged database ends in the server's own reason", async () => {
  await (await start()).stop();
  await rename(path.join(directory, "pg_wal"), path.join(folder, "pg_wal"));
  await expect(start()).rejects.toThrow(/did not start in .*: required WAL directory "pg_wal" does not exist\.$/);
});

test("lost or damaged passwords are named", async () => {
  await (await start()).stop();
  await writeFile(`${directory}.json`, "{");
  await expect(start()).rejects.toThrow(`The file ${directory}.json, which keeps the database's passwords, is damaged`);
  await rm(`${directory}.json`);
  await expect(start()).rejects.toThrow(`The file ${directory}.json, which keeps the passwords`);
});

test("a parent that the database may not use is named", async () => {
  await chmod(folder, 0o500);
  const root = process.getuid?.() === 0;
  const sentence = root
    ? `the user it runs as cannot enter the folder ${folder}: allow that with chmod o+x`
    : `No permission to use the database folder ${directory}`;
  await expect(start()).rejects.toThrow(sentence);
  await chmod(folder, 0o755);
});

test("a killed server's files do not stop the next start, and committed rows are there", async () => {
  const { url } = await start();
  await query(url, "CREATE TABLE kept AS SELECT 7 AS n");
  process.kill(await postmasterPid(), "SIGKILL");
  running = [];
  const again = await start();
  expect(await query(again.url, "SELECT n FROM kept")).toEqual([{ n: 7 }]);
});

test("a process number that belongs to another process by now does not stop the start", async () => {
  await (await start()).stop();
  const lines = [process.pid, directory, 0, 5432, "", "127.0.0.1", "1 1", "ready"];
  await writeFile(path.join(directory, "postmaster.pid"), lines.join("\n"));
  expect(await answers((await start()).url)).toBe(true);
});

test("a process number that was never written down does not stop the start", async () => {
  await (await start()).stop();
  await writeFile(path.join(directory, "postmaster.pid"), "");
  expect(await answers((await start()).url)).toBe(true);
});

test("the lock of a start that was killed does not stop the next", async () => {
  const dead = spawn(process.execPath, ["-e", ""]);
  await once(dead, "exit");
  await writeFile(`${directory}.lock`, String(dead.pid));
  expect(await answers((await start()).url)).toBe(true);
});

test("a first start that was interrupted is begun anew", async () => {
  await mkdir(`${directory}.new/base`, { recursive: true });
  expect(await answers((await start()).url)).toBe(true);
});

test("a second start joins the server and leaves it to its owner to stop", async () => {
  const { child, port } = await startElsewhere();
  const joined = await start();
  expect(joined.port).toBe(port);
  await joined.stop();
  expect(await answers(joined.url)).toBe(true);

  child.send("stop");
  await once(child, "exit");
  expect(await answers(joined.url)).toBe(false);
});

test("the next start takes over the server of a killed owner, and stops it", async () => {
  const { child, port } = await startElsewhere();
  child.kill("SIGKILL");
  await once(child, "exit");
  const heir = await start();
  expect(heir.port).toBe(port);
  await heir.stop();
  expect(await answers(heir.url)).toBe(false);
});

test("three first starts at once make one database and one server", async () => {
  const ports = await Promise.all([startElsewhere(), startElsewhere(), startElsewhere()]);
  expect(new Set(ports.map(({ port }) => port)).size).toBe(1);
  for (const { child } of ports) child.send("stop");
  await Promise.all(ports.map(({ child }) => once(child, "exit")));
  await expect(postmasterPid()).rejects.toThrow("ENOENT");
});

test("the login is no superuser, owns its database, and the passwords are its user's alone to read", async () => {
  const { url, adminUrl } = await start();
  const [login] = await query(
    url,
    `SELECT rolname, rolsuper, rolcreaterole, rolcreatedb, rolbypassrls, pg_get_userbyid(datdba) AS owner
     FROM pg_roles, pg_database WHERE rolname = current_user AND datname = current_database()`,
  );
  expect(login).toEqual({
    rolname: "frontdesk",
    rolsuper: false,
    rolcreaterole: true,
    rolcreatedb: true,
    rolbypassrls: false,
    owner: "frontdesk",
  });
  expect((await query(adminUrl, "SELECT rolsuper FROM pg_roles WHERE rolname = current_user"))[0]).toEqual({
    rolsuper: true,
  });
  if (process.platform !== "win32") expect((await stat(`${directory}.json`)).mode & 0o777).toBe(0o600);
  const wrong = new URL(url);
  wrong.password = "guess";
  await expect(query(wrong.href, "SELECT 1")).rejects.toThrow("password authentication failed");
});

test("the server listens on the loopback address only", async () => {
  const { port, adminUrl } = await start();
  expect(await query(adminUrl, "SHOW listen_addresses")).toEqual([{ listen_addresses: "127.0.0.1" }]);
  // The same port on another loopback address is still free.
  const other = createServer().listen(port, "127.0.0.2");
  await once(other, "listening");
  other.close();
});

test("a stopped database keeps its rows and its address's passwords", async () => {
  const first = await start();
  await query(first.url, "CREATE TABLE kept AS SELECT 7 AS n");
  await first.stop();
  await first.stop();
  expect(await answers(first.url)).toBe(false);
  const second = await start();
  expect(await query(second.url, "SELECT n FROM kept")).toEqual([{ n: 7 }]);
  expect(new URL(second.url).password).toBe(new URL(first.url).password);
});
