import { v7 as uuidv7, validate as isUuid } from "uuid";
import { z } from "zod";
import { readSession, type SessionInfo } from "@/lib/auth/session";
import type { Ctx } from "@/lib/context";
import { systemDb, tenantDb, type Db } from "@/lib/db";
import { AppError } from "@/lib/error-handler";
import { addressOf, networkOf } from "@/lib/http/address";
import { errorResponse, finish, toResponse } from "@/lib/http/answer";
import { requestHash, runOnce, runOnceOutside } from "@/lib/http/idempotency";
import { idempotencyKeyOf, parse, parseJson, readBytes, readJsonBytes } from "@/lib/http/input";
import { countRequest } from "@/lib/http/rateLimit";
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
  /** the handler waits for others over HTTP: its transactions stay its own, and the key is kept beside them */
  callsOut?: true;
  /** what the caller's address is counted under in place of the user or the stranger; none: not counted */
  limit?: "auth" | "webhook" | "none";
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
    const limits = new Headers();
    const answer = async () => {
      refuseForeignOrigin(request);
      const session = spec.auth === "public" ? null : await readSession(request.headers);
      await count(request, spec.limit, session, limits);
      if (spec.auth !== "public") authorize(session, spec.auth);
      if (needsBusiness(spec.auth) && !session?.businessId && spec.withoutBusiness !== undefined)
        return toResponse(spec.withoutBusiness);
      const bytes = await bodyOf(spec.body, spec.auth, request);
      const call = {
        request,
        requestId,
        session,
        params: parse(spec.params, await params),
        query: parse(spec.query ?? noQuery(spec.auth), Object.fromEntries(new URL(request.url).searchParams)),
        body: spec.body && parse(spec.body, parseJson(bytes)),
        idempotencyKey: spec.idempotencyKey ? idempotencyKeyOf(request) : "",
        ...reachOf(spec.auth, session, requestId),
      };
      const handle = async (reach: object = {}) =>
        toResponse(await spec.handle({ ...call, ...reach } as Call<A, P, Q, B>));
      return keepsAnswers(spec.auth, request) ? once(call, bytes, spec.callsOut, handle) : handle();
    };
    const response = await answer().catch((error: unknown) => errorResponse(error, requestId, request));
    return finish(response, requestId, limits);
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

/** Counts the request of a user, or of a stranger's address. Throws RATE_LIMITED. */
async function count(
  request: Request,
  limit: Spec<Auth, never, never, never>["limit"],
  session: SessionInfo | null,
  headers: Headers,
) {
  if (limit === "none") return;
  if (session && !limit) return countRequest("user", session.userId, headers);
  await countRequest(limit ?? "anonymous", networkOf(addressOf(request)), headers);
}

function authorize(session: SessionInfo | null, auth: Auth): void {
  if (!session) throw new AppError("UNAUTHENTICATED");
  if (auth === "admin" && !session.isAdmin) throw new AppError("FORBIDDEN");
  if (auth === "owner" && session.businessId && session.role !== "OWNER") throw new AppError("FORBIDDEN");
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

/** The bytes a route reads itself: JSON, or, under a key, whatever was sent. */
async function bodyOf(schema: Schema | undefined, auth: Auth, request: Request): Promise<Buffer> {
  if (schema) return readJsonBytes(request);
  return keepsAnswers(auth, request) ? readBytes(request) : Buffer.alloc(0);
}

// Signing in and out repeats harmlessly, and has no owner under whom an answer could be kept.
function keepsAnswers(auth: Auth, request: Request): boolean {
  return (
    (needsBusiness(auth) || auth === "admin") && request.method === "POST" && request.headers.has("idempotency-key")
  );
}

/** Lets the handler run once for its key. An error of the caller's is an answer like another, and kept. */
function once(
  { request, requestId, session, ctx }: { request: Request; requestId: string; session: SessionInfo | null; ctx?: Ctx },
  bytes: Buffer,
  callsOut: true | undefined,
  handle: (reach?: { ctx: Ctx }) => Promise<Response>,
): Promise<Response> {
  const asked = {
    businessId: ctx?.businessId ?? null,
    userId: session?.userId ?? "",
    key: idempotencyKeyOf(request),
    requestHash: requestHash(request, bytes),
  };
  const answered = (run: Promise<Response>) => run.catch((error: unknown) => errorResponse(error, requestId, request));
  return ctx && !callsOut
    ? runOnce(ctx.db, asked, (db) => answered(handle({ ctx: { ...ctx, db } })))
    : runOnceOutside(ctx?.db ?? systemDb(), asked, () => answered(handle()));
}
