import { randomBytes } from "node:crypto";
import { existsSync, mkdirSync, readFileSync, renameSync, writeFileSync } from "node:fs";
import path from "node:path";
import { z } from "zod";
import { parseEnv, type Env } from "@/lib/env";
import { errno, StartError } from "../embedded/startError";

/** What a start needs to know, checked before anything is started. */
export interface Settings {
  dataDirectory: string;
  /** no DATABASE_URL was given: a PostgreSQL of our own under the data folder */
  embedded: boolean;
  /** where the web server listens; in the demo only this machine reaches it unless HOST says otherwise */
  host: string;
  parsed: Env;
  /** the variables of the web server and the worker; the embedded database adds DATABASE_URL */
  variables: Record<string, string>;
}

const Secrets = z.object({
  NEXTAUTH_SECRET: z.string(),
  ENCRYPTION_KEY: z.string(),
  WHATSAPP_APP_SECRET: z.string(),
  WHATSAPP_VERIFY_TOKEN: z.string(),
});
type Secrets = z.infer<typeof Secrets>;

const LOOPBACK = /^(([\w-]+\.)*localhost|127(\.\d+){3}|\[::1\])$/;

/** Reads `.env` (never over a variable that is set) and the environment. Throws StartError and EnvironmentError. */
export function readSettings(mode: "production" | "development"): Settings {
  if (existsSync(".env") && !process.argv.includes("--no-env-file")) process.loadEnvFile(".env");
  const given = Object.fromEntries(Object.entries(process.env).filter(([, value]) => value)) as Record<string, string>;
  const dataDirectory = path.resolve(given.FRONTDESK_DATA_DIR ?? ".data");
  const embedded = given.DATABASE_URL === undefined;
  const demo = given.FRONTDESK_DEMO ?? (embedded ? "1" : "0");
  const variables: Record<string, string> = { ...given, NODE_ENV: mode, FRONTDESK_DEMO: demo };
  if (embedded || demo === "1") addSecrets(variables, readSecrets(dataDirectory), embedded, demo === "1");
  const parsed = parseEnv(embedded ? { ...variables, DATABASE_URL: "postgresql://127.0.0.1/frontdesk" } : variables);
  refuseOpenDemo(parsed);
  const host = given.HOST ?? (parsed.FRONTDESK_DEMO ? "127.0.0.1" : "0.0.0.0");
  Object.assign(variables, {
    PORT: String(parsed.PORT),
    APP_URL: parsed.APP_URL,
    NEXTAUTH_URL: parsed.APP_URL,
    // Next reads HOSTNAME; what a shell or a container calls the machine must not decide where it listens.
    HOSTNAME: host,
    NEXT_TELEMETRY_DISABLED: "1",
  });
  return { dataDirectory, embedded, host, parsed, variables };
}

// In the demo whoever reaches the page is owner and admin.
function refuseOpenDemo({ FRONTDESK_DEMO, WHATSAPP_ACCESS_TOKEN, WHATSAPP_GRAPH_URL, APP_URL }: Env): void {
  if (!FRONTDESK_DEMO) return;
  const real = WHATSAPP_ACCESS_TOKEN !== undefined && !isLoopback(WHATSAPP_GRAPH_URL);
  if (!real && isLoopback(APP_URL)) return;
  throw new StartError(
    `The demo lets anybody in as owner and admin, so it does not start ${real ? "beside WHATSAPP_ACCESS_TOKEN" : "under an APP_URL that others reach"}: set FRONTDESK_DEMO=0.`,
  );
}

function isLoopback(address: string): boolean {
  return LOOPBACK.test(new URL(address).hostname);
}

function addSecrets(variables: Record<string, string>, secrets: Secrets, embedded: boolean, demo: boolean): void {
  if (embedded) {
    variables.NEXTAUTH_SECRET ??= secrets.NEXTAUTH_SECRET;
    variables.ENCRYPTION_KEY ??= secrets.ENCRYPTION_KEY;
  }
  // Of the Meta app either both are given or neither; a half is a mistake that the check names.
  if (demo && !variables.WHATSAPP_APP_SECRET && !variables.WHATSAPP_VERIFY_TOKEN) {
    variables.WHATSAPP_APP_SECRET = secrets.WHATSAPP_APP_SECRET;
    variables.WHATSAPP_VERIFY_TOKEN = secrets.WHATSAPP_VERIFY_TOKEN;
  }
}

// Made once: a new secret would end every session and make stored tokens unreadable.
function readSecrets(dataDirectory: string): Secrets {
  const file = path.join(dataDirectory, "secrets.json");
  try {
    if (existsSync(file)) return Secrets.parse(JSON.parse(readFileSync(file, "utf8")));
    const secret = () => randomBytes(32).toString("base64url");
    const secrets: Secrets = {
      NEXTAUTH_SECRET: secret(),
      ENCRYPTION_KEY: secret(),
      WHATSAPP_APP_SECRET: secret(),
      WHATSAPP_VERIFY_TOKEN: secret(),
    };
    mkdirSync(dataDirectory, { recursive: true });
    writeFileSync(`${file}.new`, JSON.stringify(secrets, null, 2), { mode: 0o600 });
    renameSync(`${file}.new`, file);
    return secrets;
  } catch (cause) {
    const code = errno(cause);
    throw new StartError(
      code
        ? `The data folder ${dataDirectory} cannot be used (${code}): give yourself the right to write there, or name another with FRONTDESK_DATA_DIR.`
        : `The file ${file} is damaged: restore it, or remove it to have new secrets made (sessions end and stored tokens become unreadable).`,
      { cause },
    );
  }
}
