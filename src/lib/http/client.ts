import { v7 as uuidv7 } from "uuid";
import type { z } from "zod";

/** What the server said no to, in the words of the contract; or, with status 0, that it could not be reached. */
export class ApiError extends Error {
  override name = "ApiError";
  readonly status: number;
  readonly code: string;
  readonly supportCode: string;
  readonly userMessage: string;

  constructor(status: number, error: { code: string; supportCode: string; message: string; userMessage: string }) {
    super(error.message);
    this.status = status;
    this.code = error.code;
    this.supportCode = error.supportCode;
    this.userMessage = error.userMessage;
  }

  /** Only these deserve an error on the page; everything else is a state of its own. */
  get isOutage(): boolean {
    return this.status === 0 || this.status >= 500;
  }
}

const UNREACHABLE = {
  code: "UNREACHABLE",
  supportCode: "E4001",
  message: "The server could not be reached",
  userMessage: "Check the connection and try again",
};

interface Options {
  method?: "GET" | "POST" | "PATCH" | "DELETE";
  body?: unknown;
  /** one per action of a person, the same on a retry of that action */
  idempotencyKey?: string;
  signal?: AbortSignal;
}

/** Calls the API and checks the answer's shape. Throws ApiError; a shape that does not fit throws zod's own error. */
export async function api<S extends z.ZodType>(path: string, answer: S, options: Options = {}): Promise<z.output<S>> {
  const { method = "GET", body, idempotencyKey, signal } = options;
  const headers = new Headers({ accept: "application/json" });
  if (method === "POST") headers.set("idempotency-key", idempotencyKey ?? uuidv7());
  if (body !== undefined) headers.set("content-type", "application/json");
  const request = { method, headers, signal: signal ?? null, body: body === undefined ? null : JSON.stringify(body) };
  const response = await fetch(path, request).catch((cause: unknown) => {
    if (signal?.aborted) throw cause;
    throw new ApiError(0, UNREACHABLE);
  });
  if (response.status === 204) return answer.parse(null);
  const data: unknown = await response.json().catch(() => null);
  if (response.ok) return answer.parse(data);
  throw new ApiError(response.status, errorOf(data));
}

function errorOf(data: unknown): typeof UNREACHABLE {
  const error = (data as { error?: Partial<typeof UNREACHABLE> } | null)?.error;
  return { ...UNREACHABLE, ...error };
}
