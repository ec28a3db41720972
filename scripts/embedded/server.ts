import { readFile, rm } from "node:fs/promises";
import { createServer, type AddressInfo } from "node:net";
import path from "node:path";
import { setTimeout as delay } from "node:timers/promises";
import { execFile } from "node:child_process";
import { promisify } from "node:util";
import pg from "pg";
import { runAs } from "./binaries";
import type { Cluster } from "./postgres";
import { StartError } from "./startError";
import { isAlive } from "./state";

const STOP_SECONDS = 60;
const CANNOT_CONNECT_NOW = "57P03";

/** The port of the server that runs in the cluster, or undefined after removing what a killed server left behind. */
export async function clearStalePidFile(cluster: Cluster, adminPassword: string): Promise<number | undefined> {
  const pidFile = path.join(cluster.directory, "postmaster.pid");
  const deadline = Date.now() + 30_000;
  for (;;) {
    const lines = (await readFile(pidFile, "utf8").catch(() => "")).split("\n");
    const pid = Number(lines[0]);
    const port = Number(lines[3]);
    if (!(pid > 0) || !isAlive(pid) || !(await isServerOf(pid, cluster.directory))) {
      // PostgreSQL itself refuses to start when the number belongs to another process by now, or was never written.
      await rm(pidFile, { force: true });
      return undefined;
    }
    if (port > 0 && (await answers(port, adminPassword))) return port;
    if (Date.now() > deadline)
      throw new StartError(`A PostgreSQL server (process ${pid}) holds ${cluster.directory} and does not answer.`);
    await delay(100);
  }
}

/** Whether the process is a PostgreSQL server started in `directory`. */
async function isServerOf(pid: number, directory: string): Promise<boolean> {
  if (process.platform === "win32") return true;
  const commandLine = await readFile(`/proc/${pid}/cmdline`, "utf8").catch(async () => {
    const ps = await promisify(execFile)("ps", ["-o", "args=", "-p", String(pid)]).catch(() => undefined);
    return ps?.stdout ?? "postgres";
  });
  return commandLine.includes("postgres") && (commandLine.includes(directory) || !commandLine.includes("-D"));
}

/** Whether a server answers on `port` with the cluster's password; false while it is starting or stopping. */
async function answers(port: number, password: string): Promise<boolean> {
  const client = new pg.Client({ host: "127.0.0.1", port, user: "postgres", password, database: "postgres" });
  client.on("error", () => undefined);
  try {
    await client.connect();
    return true;
  } catch (error) {
    const code = error instanceof Error && "code" in error ? error.code : undefined;
    if (code === CANNOT_CONNECT_NOW || code === "ECONNREFUSED" || code === "ECONNRESET") return false;
    throw error;
  } finally {
    await client.end().catch(() => undefined);
  }
}

/** Starts the server on a free port and waits until it takes connections; the port. Throws StartError with the server's own reason. */
export async function startServer(cluster: Cluster, inMemoryDurability: boolean): Promise<number> {
  const { directory, account, binaries } = cluster;
  const log = path.join(directory, "server.log");
  for (let attempt = 1; ; attempt++) {
    const port = await freePort();
    await rm(log, { force: true });
    const settings = serverSettings(port, inMemoryDurability).map((setting) => `-c ${setting}`);
    const args = ["start", "--wait", "--silent", "-D", directory, "-l", log, "-o", settings.join(" ")];
    const { code, output } = await runAs(account, binaries.pg_ctl, args, directory);
    if (code === 0) return port;
    const reason = fatalLine(await readFile(log, "utf8").catch(() => output));
    // Another program took the port in between, or a killed server's last processes still leave: both pass.
    const passing = /could not create any TCP\/IP sockets|shared memory block|lock file/.test(reason);
    if (!passing || attempt >= 50) throw new StartError(`PostgreSQL did not start in ${directory}: ${reason}.`);
    await delay(100);
  }
}

function serverSettings(port: number, inMemoryDurability: boolean): string[] {
  const settings = [
    `port=${port}`,
    "listen_addresses=127.0.0.1",
    "unix_socket_directories=",
    "max_connections=200",
    "timezone=UTC",
    "log_timezone=UTC",
  ];
  return inMemoryDurability ? [...settings, "fsync=off", "full_page_writes=off"] : settings;
}

/** The server's own reason, out of what it printed. */
function fatalLine(printed: string): string {
  const lines = printed.trim().split("\n");
  const fatal = lines.findLast((line) => /FATAL|PANIC/.test(line)) ?? lines.at(-1) ?? "";
  return fatal.replace(/^.*?(FATAL|PANIC):\s*/, "").replace(/\.$/, "");
}

function freePort(): Promise<number> {
  return new Promise((resolve, reject) => {
    const probe = createServer();
    probe.on("error", reject);
    probe.listen(0, "127.0.0.1", () => {
      const { port } = probe.address() as AddressInfo;
      probe.close(() => resolve(port));
    });
  });
}

/** Ends the connections, writes everything down and waits until the server is gone. */
export async function stopServer({ directory, account, binaries }: Cluster): Promise<void> {
  const args = ["stop", "--wait", "--silent", "-m", "fast", "-t", String(STOP_SECONDS), "-D", directory];
  const { code, output } = await runAs(account, binaries.pg_ctl, args, path.dirname(directory));
  if (code !== 0 && !/PID file .* does not exist/.test(output))
    throw new StartError(`PostgreSQL in ${directory} did not stop: ${output.trim()}.`);
}
