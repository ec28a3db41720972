import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import path from "node:path";
import { afterAll, afterEach, beforeAll, describe, expect, it, vi } from "vitest";
import { readSettings } from "../../scripts/launch/settings";

const NUMBER = { WHATSAPP_PHONE_NUMBER_ID: "200000000000002", WHATSAPP_ACCESS_TOKEN: "a-token-of-meta" };
const NONE = { FRONTDESK_DEMO: "", DATABASE_URL: "", APP_URL: "", WHATSAPP_GRAPH_URL: "", WHATSAPP_APP_SECRET: "" };

type Given = Record<string, string>;

let folder: string;

beforeAll(async () => {
  folder = await mkdtemp(path.join(tmpdir(), "launch-"));
  process.argv.push("--no-env-file");
});
afterAll(async () => {
  process.argv.pop();
  await rm(folder, { recursive: true });
});
afterEach(() => vi.unstubAllEnvs());

function settings(given: Given) {
  for (const [name, value] of Object.entries({ ...NONE, FRONTDESK_DATA_DIR: folder, ...given }))
    vi.stubEnv(name, value);
  return readSettings("production");
}

describe("the demo, in which everybody is owner and admin", () => {
  it.each<Given>([
    { ...NUMBER },
    { ...NUMBER, FRONTDESK_DEMO: "1" },
    { ...NUMBER, WHATSAPP_GRAPH_URL: "https://localhost.example" },
    { APP_URL: "https://desk.example" },
    { APP_URL: "http://127.0.0.1.desk.example" },
    { APP_URL: "http://192.168.0.2:3000" },
    {
      FRONTDESK_DEMO: "1",
      APP_URL: "https://desk.example",
      DATABASE_URL: "postgresql://127.0.0.1/x",
      NEXTAUTH_SECRET: "s".repeat(32),
      ENCRYPTION_KEY: "k".repeat(32),
    },
  ])("does not start with %o", (given) => {
    expect(() => settings(given)).toThrow(/^The demo lets anybody in .* set FRONTDESK_DEMO=0\.$/);
  });

  it.each<Given>([
    {},
    { APP_URL: "http://localhost:3000" },
    { APP_URL: "http://127.0.0.1:3000" },
    { APP_URL: "http://[::1]:3000" },
    { ...NUMBER, WHATSAPP_GRAPH_URL: "http://127.0.0.1:4000" },
  ])("starts with %o", (given) => {
    expect(settings(given).parsed.FRONTDESK_DEMO).toBe(true);
  });

  it("may be switched off for a real number and a public address, with the embedded database", () => {
    const { parsed, embedded } = settings({ ...NUMBER, APP_URL: "https://desk.example", FRONTDESK_DEMO: "0" });
    expect([parsed.FRONTDESK_DEMO, embedded]).toEqual([false, true]);
    expect(parsed.WHATSAPP_APP_SECRET).toBeUndefined();
  });
});
