import { execFileSync, spawnSync } from "node:child_process";
import { existsSync } from "node:fs";
import { chromium } from "@playwright/test";
import { StartError } from "../embedded/startError";

const PLACES = [
  "/usr/bin/chromium",
  "/usr/bin/chromium-browser",
  "/usr/bin/google-chrome",
  "/usr/bin/google-chrome-stable",
  "/Applications/Google Chrome.app/Contents/MacOS/Google Chrome",
];

/** The path of a Chromium that runs here: one that is there, else one that is installed now. Throws StartError. */
export async function findBrowser(): Promise<string> {
  const there = present() ?? (await packaged());
  if (there) return there;
  console.log("Installing a browser for the end-to-end tests");
  install("npx", ["playwright", "install", "chromium"]);
  if (!present() && process.getuid?.() === 0 && existsSync("/usr/bin/apt-get")) {
    install("apt-get", ["update", "-qq"]);
    install("apt-get", ["install", "-y", "-qq", "--no-install-recommends", "chromium"]);
  }
  const installed = present();
  if (installed) return installed;
  throw new StartError(
    "No browser for the end-to-end tests: install Chromium or Chrome, or name one with PLAYWRIGHT_CHROMIUM.",
  );
}

function present(): string | undefined {
  return [process.env.PLAYWRIGHT_CHROMIUM, ...PLACES, chromium.executablePath()].find((place) => place && runs(place));
}

// An optional package; the name is no literal, so that it need not be there to compile.
async function packaged(): Promise<string | undefined> {
  const name = "@sparticuz/chromium";
  try {
    const { default: brought } = (await import(name)) as { default: { executablePath(): Promise<string> } };
    const place = await brought.executablePath();
    return runs(place) ? place : undefined;
  } catch {
    return undefined;
  }
}

// A browser whose libraries are missing is there and does not start.
function runs(place: string): boolean {
  if (!existsSync(place)) return false;
  try {
    execFileSync(place, ["--version"], { stdio: "ignore", timeout: 20_000 });
    return true;
  } catch {
    return false;
  }
}

function install(program: string, args: string[]): void {
  spawnSync(program, args, { stdio: "inherit", env: { ...process.env, DEBIAN_FRONTEND: "noninteractive" } });
}
