/** The one table of what can go wrong: the machine's name, what a person reads out to support, the status, what happened and what to do next. */
export const ERRORS = {
  UNAUTHENTICATED: entry("E1001", 401, "You are not signed in", "Sign in and try again"),
  FORBIDDEN: entry("E1002", 403, "Your role does not allow this", "Ask an owner of the business to do it"),
  BAD_SIGNATURE: entry("E1003", 401, "The signature does not match the body", "Sign the raw body with the app secret"),
  FOREIGN_ORIGIN: entry("E1004", 403, "The request came from another site", "Open Frontdesk itself and try again"),
  BAD_VERIFY_TOKEN: entry("E1005", 403, "The verify token does not match", "Copy the verify token from the settings"),
  INVITE_NEEDED: entry("E1006", 403, "This address has no invite", "Ask for an invite and use the same address"),
  VALIDATION_ERROR: entry("E2001", 400, "The input was refused", "Correct the fields that are named and try again"),
  MALFORMED_JSON: entry("E2002", 400, "The body is not JSON", "Send valid JSON"),
  BODY_TOO_LARGE: entry("E2003", 413, "The body is too large", "Send less at once"),
  UNSUPPORTED_MEDIA_TYPE: entry("E2004", 415, "The body is not application/json", "Send JSON"),
  IDEMPOTENCY_KEY_NEEDED: entry(
    "E2005",
    400,
    "The Idempotency-Key header is missing or malformed",
    "Send a key of 1 to 255 visible characters",
  ),
  NOT_FOUND: entry("E2006", 404, "There is nothing here", "Go back and choose again"),
  METHOD_NOT_ALLOWED: entry(
    "E2007",
    405,
    "This address does not take that method",
    "Use one of the methods in the Allow header",
  ),
  IDEMPOTENCY_KEY_REUSED: entry(
    "E2008",
    409,
    "The Idempotency-Key was used with another body",
    "Send a new key with a new request",
  ),
  DATABASE_UNAVAILABLE: entry("E3001", 503, "The database cannot be reached", "Wait a moment and try again"),
  SHUTTING_DOWN: entry("E3002", 503, "The server is restarting", "Wait a moment and try again"),
  INTERNAL_ERROR: entry(
    "E3003",
    500,
    "Something went wrong on our side",
    "Try again; if it stays, tell support the code",
  ),
  STALE_VERSION: entry("E5001", 409, "Somebody else changed this first", "Look at the newer version and decide again"),
  NO_BUSINESS: entry("E5002", 409, "You do not belong to a business yet", "Create a business or accept an invite"),
  OUTBOUND_NOT_UNCERTAIN: entry("E5003", 409, "This message is not waiting for a decision", "Reload the conversation"),
  WINDOW_CLOSED: entry(
    "E5004",
    409,
    "The customer last wrote more than 24 hours ago",
    "Wait until the customer writes again",
  ),
  OPTED_OUT: entry("E5005", 409, "The customer asked for no more messages", "Wait until the customer writes again"),
  CHANNEL_PAUSED: entry("E5006", 409, "The channel is paused", "Ask an owner to resume it in the inbox"),
  BUSINESS_SUSPENDED: entry("E5007", 409, "The business is suspended", "Write to support"),
  NOTHING_TO_RETRY: entry(
    "E5008",
    409,
    "No message has arrived here that could be delivered again",
    "Send one from the simulator first",
  ),
  SIMULATOR_OFF: entry("E5009", 409, "The simulator is switched off", "Set FRONTDESK_SIMULATOR to 1"),
} as const;

export type ErrorCode = keyof typeof ERRORS;

export interface FieldError {
  field: string;
  message: string;
}

function entry(supportCode: `E${number}`, status: number, message: string, userMessage: string) {
  return { supportCode, status, message, userMessage };
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
