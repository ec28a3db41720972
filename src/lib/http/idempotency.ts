import { createHash } from "node:crypto";
import { v7 as uuidv7 } from "uuid";
import type { Db, Tx } from "@/lib/db";
import { AppError } from "@/lib/error-handler";

/** A request that carries an Idempotency-Key, and whose key it is. */
export interface KeyedRequest {
  /** null: an admin's, across tenants */
  businessId: string | null;
  userId: string;
  key: string;
  requestHash: string;
}

interface StoredAnswer {
  requestHash: string;
  status: number | null;
  headers: [string, string][] | null;
  body: Uint8Array | null;
}

/** An answer that is not kept, so that a retry runs again. */
class NotKept extends Error {
  readonly response: Response;

  constructor(response: Response) {
    super("not kept");
    this.response = response;
  }
}

/** What tells one request from another under the same key. */
export function requestHash(request: Request, body: Uint8Array): string {
  const { pathname, search } = new URL(request.url);
  return createHash("sha256").update(`${request.method} ${pathname}${search}\n`).update(body).digest("hex");
}

/**
 * Runs `work` once for a key: its transactions, the key and the answer commit together, or none does. The same request
 * again gets the kept answer. A 5xx is not kept. Throws IDEMPOTENCY_KEY_REUSED, IDEMPOTENCY_KEY_BUSY.
 */
export async function runOnce(db: Db, asked: KeyedRequest, work: (db: Db) => Promise<Response>): Promise<Response> {
  try {
    return await db.$transaction(async (tx) => {
      const kept = await claim(tx, asked);
      if (kept) return kept;
      const response = await work(withSavepoints(tx));
      if (response.status >= 500) throw new NotKept(response);
      return keep(tx, asked, response);
    });
  } catch (error) {
    if (error instanceof NotKept) return error.response;
    throw error;
  }
}

/**
 * The same for work that must not stand in one transaction, because it waits for others or spans tenants. A process
 * that dies within it leaves the key to the first who asks a minute later; the work then runs again.
 */
export async function runOnceOutside(db: Db, asked: KeyedRequest, work: () => Promise<Response>): Promise<Response> {
  const kept = await db.$transaction((tx) => claim(tx, asked));
  if (kept) return kept;
  const release = () => db.$transaction((tx) => letGo(tx, asked));
  try {
    const response = await work();
    if (response.status < 500) return await db.$transaction((tx) => keep(tx, asked, response));
    await release();
    return response;
  } catch (error) {
    await release().catch(() => undefined);
    throw error;
  }
}

/** Takes the key for this request: null, and the work is ours; or the answer that was kept. */
async function claim(tx: Tx, { businessId, userId, key, requestHash }: KeyedRequest): Promise<Response | null> {
  // Who holds the lock is at work: a twin is told so and holds no connection while it waits.
  const [turn] = await tx.$queryRaw<{ mine: boolean; fresh: boolean }[]>`
    WITH turn AS MATERIALIZED (
      SELECT pg_try_advisory_xact_lock(hashtextextended(concat_ws(' ', 'idempotency', ${businessId}::text, ${userId}::text, ${key}::text), 0)) AS mine
    ), taken AS (
      INSERT INTO "IdempotencyKey" (id, "businessId", "userId", key, "requestHash")
      SELECT ${uuidv7()}::uuid, ${businessId}::uuid, ${userId}::uuid, ${key}, ${requestHash} FROM turn WHERE mine
      ON CONFLICT ("businessId", "userId", key) DO UPDATE
        SET "requestHash" = excluded."requestHash", status = NULL, headers = NULL, body = NULL, "createdAt" = now()
        WHERE "IdempotencyKey"."createdAt" < now() - interval '24 hours'
          OR ("IdempotencyKey".status IS NULL AND "IdempotencyKey"."createdAt" < now() - interval '1 minute')
      RETURNING id
    )
    SELECT mine, EXISTS (SELECT FROM taken) AS fresh FROM turn`;
  if (turn?.mine && turn.fresh) return null;
  const [stored] = turn?.mine
    ? await tx.$queryRaw<StoredAnswer[]>`
        SELECT "requestHash", status, headers, body FROM "IdempotencyKey"
        WHERE "businessId" IS NOT DISTINCT FROM ${businessId}::uuid AND "userId" = ${userId}::uuid AND key = ${key}`
    : [];
  if (stored && stored.requestHash !== requestHash) throw new AppError("IDEMPOTENCY_KEY_REUSED");
  if (!stored || stored.status === null)
    throw new AppError("IDEMPOTENCY_KEY_BUSY", { headers: { "Retry-After": "1" } });
  return answerOf(stored.status, stored.headers ?? [], stored.body, true);
}

/** Stores an answer under its key, and gives it back. */
async function keep(tx: Tx, { businessId, userId, key }: KeyedRequest, response: Response): Promise<Response> {
  const headers = [...response.headers];
  const body = Buffer.from(await response.arrayBuffer());
  await tx.$executeRaw`
    UPDATE "IdempotencyKey" SET status = ${response.status}, headers = ${JSON.stringify(headers)}::jsonb, body = ${body}
    WHERE "businessId" IS NOT DISTINCT FROM ${businessId}::uuid AND "userId" = ${userId}::uuid AND key = ${key}`;
  return answerOf(response.status, headers, body, false);
}

/** Makes a key free at once: it counts as long expired, and goes with the next sweep. */
async function letGo(tx: Tx, { businessId, userId, key }: KeyedRequest): Promise<void> {
  await tx.$executeRaw`
    UPDATE "IdempotencyKey" SET "createdAt" = 'epoch'
    WHERE "businessId" IS NOT DISTINCT FROM ${businessId}::uuid AND "userId" = ${userId}::uuid AND key = ${key}`;
}

function answerOf(status: number, headers: [string, string][], body: Uint8Array | null, again: boolean): Response {
  const bytes = body?.length ? new Uint8Array(body) : null;
  const response = new Response(bytes, { status, headers });
  if (again) response.headers.set("Idempotent-Replayed", "true");
  return response;
}

/** Units of work inside one transaction, one after the other: each is whole or undone, as it would be by itself. */
function withSavepoints(tx: Tx): Db {
  let last: Promise<unknown> = Promise.resolve();
  return {
    $transaction: (work) => {
      const run = last.then(() => atSavepoint(tx, work));
      last = run.catch(() => undefined);
      return run;
    },
  };
}

async function atSavepoint<T>(tx: Tx, work: (tx: Tx) => Promise<T>): Promise<T> {
  await tx.$executeRaw`SAVEPOINT unit`;
  try {
    const result = await work(tx);
    await tx.$executeRaw`RELEASE SAVEPOINT unit`;
    return result;
  } catch (error) {
    await tx.$executeRaw`ROLLBACK TO SAVEPOINT unit`;
    throw error;
  }
}
