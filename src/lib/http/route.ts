import { v7 as uuidv7, validate as isUuid } from "uuid";
import { z } from "zod";
import { readSession, type SessionInfo } from "@/lib/auth/session";
import type { Ctx } from "@/lib/context";
import { systemDb, tenantDb, type Db } from "@/lib/db";
import { AppError, errorBody, refusedInput, toAppError } from "@/lib/error-handler";
import { ERRORS } from "@/lib/errors/table";
import { readBody } from "@/lib/http/body";
import { log } from "@/lib/observability/log";

type Schema = z.ZodType;
type Out<S> = S extends Schema ? z.output<S> : undefined;
type Auth = "public" | "user" | "member" | "owner" | "admin";

interface Call<A extends Auth, P, Q, B> {
  request: Request;
  requestId: string;
  params: Out<P>;
  query: Out<Q>;
  body: Out<B>;
  /** the header of the same name, checked; empty where the route does not ask for one */
  idempotencyKey: string;
  session: A extends "public" ? SessionInfo | null : SessionInfo;
  ctx: A extends "member" | "owner" ? Ctx : undefined;
  /** for what works across tenants: the platform's admin, and callers that are no users */
  system: A extends "admin" | "public" ? Db : undefined;
  /** their context in the business of a row they loaded */
  actAs: A extends "admin" | "public" ? (businessId: string) => Ctx : undefined;
}

interface Spec<A extends Auth, P, Q, B> {
  auth: A;
  params?: P;
  query?: Q;
  body?: B;
  /** the route sends, charges, approves, converts or imports: refuse a call without an Idempotency-Key */
  idempotencyKey?: "required";
  /** what a signed-in user without a business gets from a collection or a resource: `[]` or `null` */
  withoutBusiness?: [] | null;
  handle: (call: Call<A, P, Q, B>) => Promise<unknown> | unknown;
}

type Handler = (request: Request, context: { params: Promise<Record<string, unknown>> }) => Promise<Response>;
type Method = "GET" | "POST" | "PUT" | "PATCH" | "DELETE";

/** The methods of an address; the ones it lacks answer 405 in the contract's own words. */
export function endpoint(handlers: Partial<Record<Method, Handler>>): Record<Method, Handler> {
  const allowed = Object.keys(handlers).join(", ");
  const refuse = route({
    auth: "public",
    handle: () => {
      throw new AppError("METHOD_NOT_ALLOWED", { headers: { Allow: allowed } });
    },
  });
  return { GET: refuse, POST: refuse, PUT: refuse, PATCH: refuse, DELETE: refuse, ...handlers };
}

/**
 * Declares a route: who may call it, what it takes, what it does. A returned value is the JSON body, null included; a
 * returned Response goes out as it is. Every error leaves as the contract's error body.
 */
export function route<
  A extends Auth,
  P extends Schema | undefined,
  Q extends Schema | undefined,
  B extends Schema | undefined,
>(spec: Spec<A, P, Q, B>): Handler {
  return async (request, { params }) => {
    const requestId = requestIdOf(request);
    try {
      refuseForeignOrigin(request);
      const session = spec.auth === "public" ? null : await authorize(request, spec.auth);
      if (needsBusiness(spec.auth) && !session?.businessId && spec.withoutBusiness !== undefined)
        return json(spec.withoutBusiness, requestId);
      const call = {
        request,
        requestId,
        session,
        params: parse(spec.params, await params),
        query: parse(spec.query ?? noQuery(spec.auth), Object.fromEntries(new URL(request.url).searchParams)),
        body: spec.body && parse(spec.body, await readJson(request)),
        idempotencyKey: spec.idempotencyKey ? idempotencyKeyOf(request) : "",
        ...reachOf(spec.auth, session, requestId),
      };
      return json(await spec.handle(call as Call<A, P, Q, B>), requestId);
    } catch (error) {
      return errorResponse(error, requestId, request);
    }
  };
}

/** 201 with the created resource. */
export function created(body: unknown): Response {
  return Response.json(body, { status: 201 });
}

/** 202 with what was accepted as a job. */
export function accepted(body: unknown): Response {
  return Response.json(body, { status: 202 });
}

/** 204: done, nothing to say. */
export function noContent(): Response {
  return new Response(null, { status: 204 });
}

/** A page of a collection: the array as the body, the next page's address in the Link header (RFC 8288). */
export function page(request: Request, items: unknown[], nextCursor: string | null): Response {
  const headers = new Headers();
  if (nextCursor) {
    const next = new URL(request.url);
    next.searchParams.set("cursor", nextCursor);
    headers.set("Link", `<${next.pathname}${next.search}>; rel="next"`);
  }
  return Response.json(items, { headers });
}

/** Query parameters of every collection. */
export const PageQuery = z.strictObject({
  limit: z.coerce.number().int().min(1).max(100).default(50),
  cursor: z.string().max(500).optional(),
});

/** Path parameters of an address that names one row. */
export const IdParams = z.object({ id: z.string() });

function requestIdOf(request: Request): string {
  const given = request.headers.get("x-request-id");
  return given && isUuid(given) ? given.toLowerCase() : uuidv7();
}

async function authorize(request: Request, auth: Auth): Promise<SessionInfo> {
  const session = await readSession(request.headers);
  if (!session) throw new AppError("UNAUTHENTICATED");
  if (auth === "admin" && !session.isAdmin) throw new AppError("FORBIDDEN");
  if (auth === "owner" && session.businessId && session.role !== "OWNER") throw new AppError("FORBIDDEN");
  return session;
}

function needsBusiness(auth: Auth): boolean {
  return auth === "member" || auth === "owner";
}

// A cookie travels with a form posted from elsewhere on the same site; the Origin header tells.
function refuseForeignOrigin(request: Request): void {
  if (request.method === "GET" || request.method === "HEAD") return;
  const origin = request.headers.get("origin");
  if (origin && URL.parse(origin)?.host !== request.headers.get("host")) throw new AppError("FOREIGN_ORIGIN");
}

/** What a call may reach: its session's business, or, for an admin and for callers that are no users, what a loaded row names. */
function reachOf(auth: Auth, session: SessionInfo | null, requestId: string) {
  if (auth === "user") return {};
  if (auth === "admin" || auth === "public")
    return { system: systemDb(), actAs: (businessId: string) => contextOf(session, businessId, requestId) };
  if (!session?.businessId) throw new AppError("NO_BUSINESS");
  return { ctx: contextOf(session, session.businessId, requestId) };
}

function contextOf(session: SessionInfo | null, businessId: string, requestId: string): Ctx {
  return {
    db: tenantDb(businessId),
    businessId,
    actor: session ? { kind: "user", userId: session.userId, isAdmin: session.isAdmin } : { kind: "system" },
    requestId,
    log: log().child({ requestId }),
    now: () => new Date(),
  };
}

// Strangers' callers (a provider's callback, Graph's parameters) add what they like; ours are held to what is declared.
function noQuery(auth: Auth): Schema | undefined {
  return auth === "public" ? undefined : z.strictObject({});
}

function parse(schema: Schema | undefined, value: unknown): unknown {
  if (!schema) return undefined;
  const result = schema.safeParse(value);
  if (result.success) return result.data;
  throw refusedInput(result.error);
}

async function readJson(request: Request): Promise<unknown> {
  const type = request.headers.get("content-type")?.split(";")[0]?.trim().toLowerCase();
  if (type !== "application/json") throw new AppError("UNSUPPORTED_MEDIA_TYPE");
  const bytes = await readBody(request, 1024 * 1024);
  try {
    return JSON.parse(bytes.toString("utf8")) as unknown;
  } catch (cause) {
    throw new AppError("MALFORMED_JSON", { cause });
  }
}

function idempotencyKeyOf(request: Request): string {
  const key = request.headers.get("idempotency-key") ?? "";
  if (!/^[\x21-\x7e]{1,255}$/.test(key)) throw new AppError("IDEMPOTENCY_KEY_NEEDED");
  return key;
}

function json(result: unknown, requestId: string): Response {
  const response = result instanceof Response ? result : Response.json(result ?? null);
  response.headers.set("X-Request-Id", requestId);
  if (!response.headers.has("Cache-Control")) response.headers.set("Cache-Control", "no-store");
  return response;
}

function errorResponse(thrown: unknown, requestId: string, request: Request): Response {
  const error = toAppError(thrown);
  const { status } = ERRORS[error.code];
  if (status >= 500) {
    const { pathname } = new URL(request.url);
    log().error(
      { requestId, code: error.code, method: request.method, path: pathname, err: error.cause },
      "request failed",
    );
  }
  return json(Response.json(errorBody(error, requestId), { status, headers: error.headers }), requestId);
}
