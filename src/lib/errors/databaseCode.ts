import type { ErrorCode } from "@/lib/errors/table";

// SQLSTATE of PostgreSQL and codes of Prisma; what is not here is either a database away or a fault of ours.
const CODES: Record<string, ErrorCode> = {
  "22001": "TEXT_TOO_LONG",
  P2000: "TEXT_TOO_LONG",
  "22003": "NUMBER_OUT_OF_RANGE",
  P2020: "NUMBER_OUT_OF_RANGE",
  "22021": "TEXT_NOT_STORABLE",
  "22P05": "TEXT_NOT_STORABLE",
  P2025: "NOT_FOUND",
  "23505": "ALREADY_EXISTS",
  P2002: "ALREADY_EXISTS",
  "23503": "REFERENCE_MISSING",
  P2003: "REFERENCE_MISSING",
  "23001": "RECORD_IN_USE",
  P2014: "RECORD_IN_USE",
  "40001": "WRITE_CONFLICT",
  "40P01": "WRITE_CONFLICT",
  P2034: "WRITE_CONFLICT",
  "55P03": "QUERY_TIMEOUT",
  "57014": "QUERY_TIMEOUT",
  P2028: "QUERY_TIMEOUT",
  "53300": "OUT_OF_CONNECTIONS",
  P2037: "OUT_OF_CONNECTIONS",
  "53100": "DATABASE_FULL",
  "53200": "DATABASE_FULL",
  "25006": "DATABASE_READ_ONLY",
  "42P01": "MIGRATION_MISSING",
  "42703": "MIGRATION_MISSING",
  P2021: "MIGRATION_MISSING",
  P2022: "MIGRATION_MISSING",
  "28000": "DATABASE_LOGIN_REFUSED",
  "28P01": "DATABASE_LOGIN_REFUSED",
  "3D000": "DATABASE_LOGIN_REFUSED",
  P1000: "DATABASE_LOGIN_REFUSED",
  P1003: "DATABASE_LOGIN_REFUSED",
  P1010: "DATABASE_LOGIN_REFUSED",
};

interface Failure {
  code?: unknown;
  originalCode?: unknown;
  cause?: unknown;
  meta?: { driverAdapterError?: unknown };
}

/** What a refusal of the database means; null for an error that is none. The innermost code decides: it is PostgreSQL's own. */
export function databaseCode(error: unknown): ErrorCode | null {
  let found: ErrorCode | null = null;
  for (let at = error as Failure | undefined, depth = 0; at && depth < 6; depth++) {
    for (const code of [at.code, at.originalCode])
      if (typeof code === "string" && Object.hasOwn(CODES, code)) found = CODES[code] ?? found;
    at = (at.cause ?? at.meta?.driverAdapterError) as Failure | undefined;
  }
  return found;
}
