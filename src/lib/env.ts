import { z } from "zod";

const flag = z.enum(["0", "1"]).transform((v) => v === "1");
const list = z.string().transform((v) =>
  v
    .split(",")
    .map((item) => item.trim())
    .filter(Boolean),
);
const url = z.url({ protocol: /^https?$/ }).transform((v) => v.replace(/\/+$/, ""));
const postgresUrl = z.url({ protocol: /^postgres(ql)?$/, hostname: /.*/ });

const perMinute = z.coerce.number("is a number of requests per minute").int().min(1).max(1_000_000_000);
function eachLongEnough(keys: string): boolean {
  return keys.split(",").every((key) => key.trim().length >= 32);
}

const Environment = z
  .object({
    NODE_ENV: z.enum(["development", "production", "test"]).default("production"),
    PORT: z.coerce.number("is a number from 1 to 65535").int().min(0).max(65535).default(3000),
    APP_URL: url.optional(),
    DATABASE_URL: postgresUrl,
    DATABASE_DIRECT_URL: postgresUrl.optional(),
    FRONTDESK_DEMO: flag.default(false),
    FRONTDESK_SIMULATOR: flag.default(false),
    NEXTAUTH_SECRET: z.string().min(32, "needs 32 characters or more"),
    ENCRYPTION_KEY: z.string().refine(eachLongEnough, "needs 32 characters or more in each of its keys"),
    GOOGLE_CLIENT_ID: z.string().min(1).optional(),
    GOOGLE_CLIENT_SECRET: z.string().min(1).optional(),
    OIDC_ISSUER: url.optional(),
    OIDC_CLIENT_ID: z.string().min(1).optional(),
    OIDC_CLIENT_SECRET: z.string().min(1).optional(),
    ADMIN_EMAILS: list.pipe(z.array(z.email().toLowerCase())).default([]),
    WHATSAPP_APP_SECRET: z.string().min(1).optional(),
    WHATSAPP_VERIFY_TOKEN: z.string().min(1).optional(),
    WHATSAPP_PHONE_NUMBER_ID: z.string().regex(/^\d+$/, "is made of digits").optional(),
    WHATSAPP_ACCESS_TOKEN: z.string().min(1).optional(),
    WHATSAPP_GRAPH_URL: url.default("https://graph.facebook.com"),
    WHATSAPP_GRAPH_VERSION: z
      .string()
      .regex(/^v\d+\.\d+$/, "looks like v23.0")
      .default("v23.0"),
    TRUSTED_PROXIES: z.coerce.number("is a number of proxies").int().min(0).max(20).default(0),
    RATE_LIMIT_USER: perMinute.default(100),
    RATE_LIMIT_ANONYMOUS: perMinute.default(100),
    RATE_LIMIT_AUTH: perMinute.default(10),
    LOG_LEVEL: z.enum(["fatal", "error", "warn", "info", "debug", "trace", "silent"]).default("info"),
    FRONTDESK_ROLE: z.enum(["web", "worker", "all"]).default("all"),
  })
  .superRefine((v, check) => {
    const together = [
      ["GOOGLE_CLIENT_ID", "GOOGLE_CLIENT_SECRET"],
      ["OIDC_ISSUER", "OIDC_CLIENT_ID", "OIDC_CLIENT_SECRET"],
      ["WHATSAPP_PHONE_NUMBER_ID", "WHATSAPP_ACCESS_TOKEN"],
      ["WHATSAPP_APP_SECRET", "WHATSAPP_VERIFY_TOKEN"],
    ] as const;
    for (const names of together) {
      const missing = names.filter((name) => v[name] === undefined);
      if (missing.length && missing.length < names.length) {
        for (const name of missing)
          check.addIssue({ code: "custom", path: [name], message: `is needed beside ${names.find((n) => v[n])}` });
      }
    }
  })
  .transform((v) => ({
    ...v,
    APP_URL: v.APP_URL ?? `http://localhost:${v.PORT}`,
    DATABASE_DIRECT_URL: v.DATABASE_DIRECT_URL ?? v.DATABASE_URL,
    simulator: v.FRONTDESK_DEMO || v.FRONTDESK_SIMULATOR,
  }));

export type Env = z.infer<typeof Environment>;

/** A variable is missing or wrong. The message names each one and says what is wrong; it never repeats the value. */
class EnvironmentError extends Error {
  override name = "EnvironmentError";
}

/** Reads a set of variables; an empty string counts as absent. Throws EnvironmentError. */
export function parseEnv(source: Record<string, string | undefined>): Env {
  const given = Object.fromEntries(Object.entries(source).filter(([, value]) => value !== undefined && value !== ""));
  const result = Environment.safeParse(given);
  if (result.success) return result.data;
  const lines = result.error.issues.map((issue) => {
    const name = issue.path.join(".");
    return given[name] === undefined && issue.code === "invalid_type"
      ? `${name} is missing`
      : `${name}: ${issue.message}`;
  });
  throw new EnvironmentError(`The environment is not right. ${lines.join("; ")}.`);
}

let parsed: Env | undefined;

/** The program's environment, read and checked once. Throws EnvironmentError. */
export function env(): Env {
  if (!parsed) {
    parsed = parseEnv(process.env);
    // next-auth learns its own address from this variable and from nothing else.
    process.env.NEXTAUTH_URL = `${parsed.APP_URL}/api/auth`;
  }
  return parsed;
}
