import { errorBody, toAppError } from "@/lib/error-handler";
import { ERRORS } from "@/lib/errors/table";
import { log } from "@/lib/observability/log";

/** What a handler returned, as a response: a value is the JSON body, null included. */
export function toResponse(result: unknown): Response {
  return result instanceof Response ? result : Response.json(result ?? null);
}

/** Adds what every answer carries. */
export function finish(response: Response, requestId: string, limits: Headers): Response {
  response.headers.set("X-Request-Id", requestId);
  if (!response.headers.has("Cache-Control")) response.headers.set("Cache-Control", "no-store");
  for (const [name, value] of limits) response.headers.set(name, value);
  return response;
}

/** Any error as the contract's answer; one of ours is logged with its cause. */
export function errorResponse(thrown: unknown, requestId: string, request: Request): Response {
  const error = toAppError(thrown);
  const { status } = ERRORS[error.code];
  if (status >= 500) {
    const { pathname } = new URL(request.url);
    log().error(
      { requestId, code: error.code, method: request.method, path: pathname, err: error.cause },
      "request failed",
    );
  }
  return Response.json(errorBody(error, requestId), { status, headers: error.headers });
}
