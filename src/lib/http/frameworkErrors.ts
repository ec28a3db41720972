import { METHODS, Server, type IncomingMessage, type ServerResponse } from "node:http";
import { v7 as uuidv7 } from "uuid";
import { env } from "@/lib/env";
import { AppError, errorBody } from "@/lib/error-handler";
import { ERRORS, type ErrorCode } from "@/lib/errors/table";
import { setAddress } from "@/lib/http/address";

const TAKEN = new Set(["GET", "HEAD", "OPTIONS", "POST", "PUT", "PATCH", "DELETE"]);

/**
 * Says whose each request is ({@link setAddress}), and makes the framework's own refusals under /api speak the contract: an address that cannot be decoded, a method no
 * route can take, a fault before a route is reached. Loaded into the web process before its server is made.
 */
export function translateFrameworkErrors(): void {
  // Node's emit is generic over event names; the arguments pass through unchanged.
  const emit = Server.prototype.emit as (this: Server, event: string, ...args: unknown[]) => boolean;
  Server.prototype.emit = function (this: Server, event: string, ...args: unknown[]): boolean {
    if (event !== "request") return emit.call(this, event, ...args);
    const [request, response] = args as [IncomingMessage, ServerResponse];
    setAddress(request, env().TRUSTED_PROXIES);
    if (!/^\/api(\/|\?|$)/.test(request.url ?? "")) return emit.call(this, event, ...args);
    const code = refusal(request);
    if (code) {
      request.resume();
      answer(response, code);
      return true;
    }
    translate(response);
    return emit.call(this, event, ...args);
  } as typeof Server.prototype.emit;
}

function refusal({ method = "", url = "" }: IncomingMessage): ErrorCode | null {
  if (!TAKEN.has(method) && METHODS.includes(method)) return "METHOD_NOT_ALLOWED";
  try {
    decodeURIComponent(url.split("?")[0] ?? "");
    return null;
  } catch {
    return "NOT_FOUND";
  }
}

/** Replaces the body of an error that is no JSON, at the moment its first byte would leave. */
function translate(response: ServerResponse): void {
  const { write, end } = response;
  const foreign = () =>
    !response.headersSent &&
    response.statusCode >= 400 &&
    !String(response.getHeader("content-type") ?? "").startsWith("application/json");
  const replace = () => {
    Object.assign(response, { write: () => true, end: () => response });
    answer(response, codeOf(response.statusCode), end);
  };
  response.write = ((...args: Parameters<typeof write>) => {
    if (!foreign()) return write.apply(response, args);
    replace();
    return true;
  }) as typeof write;
  response.end = ((...args: Parameters<typeof end>) => {
    if (!foreign()) return end.apply(response, args);
    replace();
    return response;
  }) as typeof end;
}

function answer(response: ServerResponse, code: ErrorCode, end: ServerResponse["end"] = response.end): void {
  const requestId = uuidv7();
  const body = JSON.stringify(errorBody(new AppError(code), requestId));
  response.statusCode = ERRORS[code].status;
  for (const header of ["etag", "content-length", "transfer-encoding"]) response.removeHeader(header);
  response.setHeader("Content-Type", "application/json");
  response.setHeader("Cache-Control", "no-store");
  response.setHeader("X-Request-Id", requestId);
  if (code === "METHOD_NOT_ALLOWED") response.setHeader("Allow", [...TAKEN].join(", "));
  end.call(response, body, "utf8");
}

function codeOf(status: number): ErrorCode {
  if (status === 404) return "NOT_FOUND";
  if (status === 405) return "METHOD_NOT_ALLOWED";
  if (status === 413) return "BODY_TOO_LARGE";
  return status < 500 ? "VALIDATION_ERROR" : "INTERNAL_ERROR";
}
