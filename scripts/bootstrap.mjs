// Plain JavaScript without a dependency: it runs before anything is installed, on whatever Node the machine has.
import { spawn, spawnSync } from "node:child_process";
import { existsSync, readFileSync } from "node:fs";
import path from "node:path";
import { fileURLToPath } from "node:url";

const root = fileURLToPath(new URL("..", import.meta.url));
const binaries = path.join(root, "node_modules", ".bin");
const packagedNode = path.join(root, "node_modules", "node", "bin", process.platform === "win32" ? "node.exe" : "node");

/** Installs what is missing, then runs a TypeScript module of this folder under a Node that is recent enough. */
export async function launch(module) {
  process.chdir(root);
  endWithNpm();
  if (!isInstalled()) install();
  process.env.PATH = [binaries, process.env.PATH].join(path.delimiter);
  if (!isRecent(process.versions.node)) return runAgain();
  followParent();
  const { register } = await import("tsx/esm/api");
  register();
  await import(new URL(module, import.meta.url).href);
}

// The lock file that npm leaves inside node_modules says what is really there; a newer date alone says nothing.
function isInstalled() {
  const wanted = packages("package-lock.json");
  const present = packages("node_modules/.package-lock.json");
  if (!present) return false;
  return Object.entries(wanted).every(([name, { version, optional, devOptional }]) => {
    if (name === "") return true;
    const there = present[name];
    return there ? there.version === version : Boolean(optional || devOptional);
  });
}

function packages(file) {
  try {
    return JSON.parse(readFileSync(path.join(root, file), "utf8")).packages;
  } catch {
    return undefined;
  }
}

function install() {
  console.log("Installing packages (about a minute)");
  const options = ["ci", "--include=dev", "--no-audit", "--no-fund", "--loglevel=error"];
  const npm = process.env.npm_execpath;
  const result = npm
    ? spawnSync(process.execPath, [npm, ...options], { cwd: root, stdio: "inherit" })
    : spawnSync("npm", options, { cwd: root, stdio: "inherit", shell: process.platform === "win32" });
  if (result.status !== 0) fail("The packages could not be installed; npm says why above.");
}

function isRecent(version) {
  const [major, minor] = version.split(".").map(Number);
  return major > 22 || (major === 22 && minor >= 12);
}

function runAgain() {
  const version = existsSync(packagedNode) && spawnSync(packagedNode, ["--version"], { encoding: "utf8" }).stdout;
  if (!version || !isRecent(version.trim().slice(1)))
    fail(`Node 22.12 or newer is needed, this is ${process.versions.node}, and the one in node_modules does not run.`);
  const child = spawn(packagedNode, process.argv.slice(1), { stdio: ["inherit", "inherit", "inherit", "ipc"] });
  for (const signal of ["SIGINT", "SIGTERM", "SIGHUP"]) process.on(signal, () => child.kill(signal));
  child.on("exit", (code) => process.exit(code ?? 1));
}

// Started by an older Node that was killed: the channel between the two closes.
function followParent() {
  process.channel?.unref();
  process.once("disconnect", () => process.kill(process.pid, "SIGTERM"));
}

// npm, or what runs the end-to-end tests, was killed: nobody is left to pass a signal on. Started by hand in the
// background instead, the program outlives its shell.
function endWithNpm() {
  if (!process.env.npm_lifecycle_event) return;
  const parent = process.ppid;
  const watch = setInterval(() => {
    if (process.ppid === parent) return;
    clearInterval(watch);
    process.kill(process.pid, "SIGTERM");
  }, 1_000);
  watch.unref();
}

function fail(sentence) {
  console.error(sentence);
  process.exit(1);
}
