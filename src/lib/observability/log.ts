import pino from "pino";
import { env } from "@/lib/env";

let root: pino.Logger | undefined;

/** The process's logger: JSON lines on standard output; no message text, no secret at info and above. */
export function log(): pino.Logger {
  return (root ??= pino({
    level: env().LOG_LEVEL,
    base: undefined,
    redact: { paths: ["*.authorization", "*.cookie", "*.accessToken", "*.token", "*.text"], censor: "[hidden]" },
  }));
}
