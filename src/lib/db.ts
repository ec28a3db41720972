import { AsyncLocalStorage } from "node:async_hooks";
import { PrismaPg } from "@prisma/adapter-pg";
import pg from "pg";
import { env } from "@/lib/env";
import { PrismaClient, type Prisma } from "@/generated/prisma/client";

/** What a query runs on: a transaction that already speaks for one tenant, or for the system. */
export type Tx = Prisma.TransactionClient;

/** The only way to the tables: a unit of work, whole or not at all. */
export interface Db {
  $transaction<T>(work: (tx: Tx) => Promise<T>): Promise<T>;
}

interface Scope {
  role: "frontdesk_app" | "frontdesk_system";
  businessId: string | null;
}

const UUID = /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/;
// Next loads this module once per bundle; the process still has one pool, and its connections ask one store for whom.
const shared = globalThis as typeof globalThis & {
  frontdeskConnections?: Connections;
  frontdeskScopes?: AsyncLocalStorage<Scope>;
};
const scopes = (shared.frontdeskScopes ??= new AsyncLocalStorage<Scope>());

/** The SQL that opens a transaction for a role and a tenant, in one round trip. */
function beginSql({ role, businessId }: Scope): string {
  if (businessId !== null && !UUID.test(businessId)) throw new Error("A tenant id is a lower-case UUID");
  return `BEGIN; SELECT set_config('role', '${role}', true), set_config('app.business_id', '${businessId ?? ""}', true)`;
}

/** Prisma opens its transactions with a bare BEGIN; this client says in the same round trip for whom. */
class ScopedClient extends pg.Client {
  // pg's overloads cannot be restated; the arguments pass through unchanged but for the text of BEGIN.
  override query(...args: unknown[]): never {
    const [first, ...rest] = args;
    if (isBegin(first)) {
      const scope = scopes.getStore();
      if (!scope) throw new Error("A transaction was begun outside tenantDb and systemDb");
      return super.query({ ...first, text: beginSql(scope) } as never, ...(rest as [])) as never;
    }
    return super.query(...(args as [never])) as never;
  }
}

function isBegin(query: unknown): query is { text: string } {
  return typeof query === "object" && query !== null && "text" in query && query.text === "BEGIN";
}

interface Connections {
  pool: pg.Pool;
  prisma: PrismaClient;
}

function connections(): Connections {
  return (shared.frontdeskConnections ??= connect());
}

function connect(): Connections {
  const pool = new pg.Pool({
    connectionString: env().DATABASE_URL,
    Client: ScopedClient,
    max: 20,
    connectionTimeoutMillis: 1_500,
    idleTimeoutMillis: 30_000,
    query_timeout: 15_000,
    application_name: "frontdesk",
  });
  // An idle connection that the server ends is replaced at the next use; without a listener it would end the process.
  pool.on("error", () => undefined);
  return { pool, prisma: new PrismaClient({ adapter: new PrismaPg(pool) }) };
}

function scopedDb(scope: Scope): Db {
  return {
    $transaction: (work) =>
      scopes.run(scope, () => connections().prisma.$transaction(work, { maxWait: 2_000, timeout: 15_000 })),
  };
}

/** The database as one business sees it. `businessId` comes from a session or a loaded row, never from a request's body. */
export function tenantDb(businessId: string): Db {
  return scopedDb({ role: "frontdesk_app", businessId });
}

/** The database as routing, the sweeper and the platform's admin see it: reads across tenants, writes raw events and alerts. */
export function systemDb(): Db {
  return scopedDb({ role: "frontdesk_system", businessId: null });
}

/** Users, accounts, sessions and invites: what exists before a tenant is known. For lib/auth alone. */
export function accountsDb(): Pick<PrismaClient, "user" | "account" | "session" | "invite"> {
  return connections().prisma;
}

/** The pool under everything, for the few statements where a round trip counts. Tenant tables show it nothing outside {@link beginSql}'s transaction. */
export function pool(): pg.Pool {
  return connections().pool;
}

/** The opening statement of a system transaction on a connection of {@link pool}. */
export const BEGIN_SYSTEM = beginSql({ role: "frontdesk_system", businessId: null });

/** Closes all connections; the next use opens new ones. */
export async function closeDb(): Promise<void> {
  const open = shared.frontdeskConnections;
  shared.frontdeskConnections = undefined;
  if (!open) return;
  await open.prisma.$disconnect();
  await open.pool.end();
}
