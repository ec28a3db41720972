import { ERRORS, type ErrorCode } from "@/lib/errors/table";

interface FieldError {
  field: string;
  message: string;
}

/** An error the program expects: it has a code, and a text that is safe to show. The cause is for the log alone. */
export class AppError extends Error {
  override name = "AppError";
  readonly code: ErrorCode;
  readonly details: FieldError[] | undefined;
  readonly headers: Record<string, string>;
  /** the row as it is now; only with STALE_VERSION */
  readonly current: unknown;

  constructor(
    code: ErrorCode,
    options: { cause?: unknown; details?: FieldError[]; headers?: Record<string, string>; current?: unknown } = {},
  ) {
    super(ERRORS[code].message, { cause: options.cause });
    this.code = code;
    this.details = options.details;
    this.headers = options.headers ?? {};
    this.current = options.current;
  }
}

const CONNECTION_CODES = new Set([
  "ECONNREFUSED",
  "ECONNRESET",
  "ENOTFOUND",
  "ETIMEDOUT",
  "EPIPE",
  "P1001",
  "P1002",
  "P1008",
  "P1017",
  "P2024",
]);
// 08: connection, 53: out of resources, 57P: the server is going or coming
const CONNECTION_STATE = /^(08|53|57P)/;
const CONNECTION_TEXT =
  /timeout exceeded when trying to connect|Query read timeout|Connection terminated|Unable to start a transaction/i;

/**
 * Whether an error, or a cause within it, says that the database is away. A transaction that began and took too long
 * (P2028 as well) is not: only one that could not begin.
 */
export function isDatabaseAway(error: unknown): boolean {
  for (let at = error, depth = 0; at && depth < 6; depth++) {
    const { code, originalCode, message, cause } = at as {
      code?: unknown;
      originalCode?: unknown;
      message?: unknown;
      cause?: unknown;
    };
    const codes = [code, originalCode].filter((value): value is string => typeof value === "string");
    if (codes.some((value) => CONNECTION_CODES.has(value) || CONNECTION_STATE.test(value))) return true;
    if (typeof message === "string" && CONNECTION_TEXT.test(message)) return true;
    at = cause ?? (at as { meta?: { driverAdapterError?: unknown } }).meta?.driverAdapterError;
  }
  return false;
}

/** Any error as one the contract knows; what is unknown becomes INTERNAL_ERROR with the cause kept for the log. */
export function toAppError(error: unknown): AppError {
  if (error instanceof AppError) return error;
  if (isDatabaseAway(error))
    return new AppError("DATABASE_UNAVAILABLE", { cause: error, headers: { "Retry-After": "5" } });
  return new AppError("INTERNAL_ERROR", { cause: error });
}

/** The error body of the contract. */
export function errorBody(error: AppError, requestId: string) {
  const { supportCode, message, userMessage } = ERRORS[error.code];
  return {
    success: false as const,
    error: {
      code: error.code,
      supportCode,
      message,
      userMessage,
      ...(error.details && { details: error.details }),
      ...(error.current !== undefined && { current: error.current }),
      requestId,
    },
  };
}
