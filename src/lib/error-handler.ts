import type { z } from "zod";
import { databaseCode } from "@/lib/errors/databaseCode";
import type { networkErrors } from "@/lib/errors/network";
import { ERRORS, type ErrorCode } from "@/lib/errors/table";

interface FieldError {
  field: string;
  message: string;
}

interface AppErrorOptions {
  cause?: unknown;
  details?: FieldError[];
  headers?: Record<string, string>;
  current?: unknown;
}

/** An error with a code of the table, and so a text that is safe to show. The cause is for the log alone. */
export class AppError extends Error {
  override name = "AppError";
  readonly code: ErrorCode;
  readonly details: FieldError[] | undefined;
  readonly headers: Record<string, string>;
  /** the row as it is now; only with STALE_VERSION */
  readonly current: unknown;

  constructor(code: ErrorCode, options: AppErrorOptions = {}) {
    super(ERRORS[code].message, { cause: options.cause });
    this.code = code;
    this.details = options.details;
    this.headers = options.headers ?? {};
    this.current = options.current;
  }

  /** Foreseen: whoever asked can act on it. The rest are faults of the system, for the log and an alert. */
  get isOperational(): boolean {
    return ERRORS[this.code].status !== 500;
  }
}

/** Trouble that a program in good health meets; the faults of the system cannot be said this way. */
export class OperationalError extends AppError {
  override name = "OperationalError";

  constructor(code: Exclude<ErrorCode, "INTERNAL_ERROR" | "MIGRATION_MISSING">, options?: AppErrorOptions) {
    super(code, options);
  }
}

/** Another service let us down: which one, beside how. */
export class IntegrationError extends OperationalError {
  override name = "IntegrationError";
  readonly integration: string;

  constructor(integration: string, code: keyof typeof networkErrors, options?: AppErrorOptions) {
    super(code, options);
    this.integration = integration;
  }
}

/** The caller is not known, or no longer. */
export class AuthenticationError extends OperationalError {
  override name = "AuthenticationError";

  constructor(
    code: "UNAUTHENTICATED" | "SESSION_EXPIRED" | "TOKEN_UNKNOWN" | "TOKEN_REVOKED" = "UNAUTHENTICATED",
    options?: AppErrorOptions,
  ) {
    super(code, options);
  }
}

/** The input was refused, field by field. */
export class ValidationError extends OperationalError {
  override name = "ValidationError";

  constructor(details: FieldError[]) {
    super("VALIDATION_ERROR", { details });
  }
}

/** Too many requests; tells when the next may come, in whole seconds. */
export class RateLimitError extends OperationalError {
  override name = "RateLimitError";

  constructor(retryAfterSeconds: number, headers: Record<string, string> = {}) {
    super("RATE_LIMITED", {
      headers: { ...headers, "Retry-After": String(Math.max(1, Math.ceil(retryAfterSeconds))) },
    });
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
  const code = databaseCode(error);
  // A transaction that could not begin has the code of one that took too long.
  if (isDatabaseAway(error) && (code === null || code === "QUERY_TIMEOUT"))
    return fromDatabase("DATABASE_UNAVAILABLE", error);
  return code ? fromDatabase(code, error) : new AppError("INTERNAL_ERROR", { cause: error });
}

function fromDatabase(code: ErrorCode, cause: unknown): AppError {
  const seconds = code === "WRITE_CONFLICT" ? "1" : "5";
  const isRepeatable = code === "WRITE_CONFLICT" || ERRORS[code].status === 503;
  return new AppError(code, { cause, headers: isRepeatable ? { "Retry-After": seconds } : {} });
}

/** What a schema found wrong with what somebody sent. A shape that breaks anywhere else is a fault of ours and stays one. */
export function refusedInput({ issues }: z.ZodError): ValidationError {
  return new ValidationError(
    issues.flatMap((issue) =>
      issue.code === "unrecognized_keys"
        ? issue.keys.map((key) => ({ field: [...issue.path, key].join("."), message: "Unknown field" }))
        : [{ field: issue.path.join("."), message: issue.message }],
    ),
  );
}

/** A request to another service that got no answer: too late, or no connection. */
export function noAnswer(integration: string, cause: unknown): IntegrationError {
  const late = cause instanceof Error && cause.name === "TimeoutError";
  return new IntegrationError(integration, late ? "INTEGRATION_TIMEOUT" : "INTEGRATION_UNREACHABLE", { cause });
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
