import { createHash, randomBytes } from "node:crypto";
import { accountsDb, pool } from "@/lib/db";
import { env } from "@/lib/env";

/** Who is signed in, and the business they act for. */
export interface SessionInfo {
  sessionId: string;
  userId: string;
  email: string;
  name: string | null;
  isAdmin: boolean;
  /** absent where the user belongs to no business, or no longer to the one the session names */
  businessId: string | null;
  role: "OWNER" | "MEMBER" | null;
}

/** How long a session lives without being used, in seconds. */
export const SESSION_MAX_AGE = 30 * 24 * 3600;

// The row decides how long a session lives. A page cannot renew a cookie while it renders, so the cookie outlives the
// row: 400 days, the most that browsers allow.
const COOKIE_MAX_AGE = 400 * 24 * 3600;
const SLIDE_AFTER = 24 * 3600;

/** Whether cookies may travel on https alone. */
export function secureCookies(): boolean {
  return env().APP_URL.startsWith("https:");
}

/** The session cookie's name; on https it carries the prefix that binds it to the host's secure side. */
export function sessionCookieName(): string {
  return secureCookies() ? "__Secure-next-auth.session-token" : "next-auth.session-token";
}

/** What the session cookie is set with, in the words of next-auth. `maxAge` is in seconds. */
export function sessionCookieOptions() {
  return { httpOnly: true, sameSite: "lax", path: "/", secure: secureCookies(), maxAge: COOKIE_MAX_AGE } as const;
}

/** The Set-Cookie header that gives a browser its session token; without one, the header that takes it away. */
export function sessionCookie(token: string | null): string {
  return setCookie(sessionCookieName(), token ?? "", "/", token === null ? 0 : COOKIE_MAX_AGE);
}

/** A Set-Cookie header for a cookie of ours: HttpOnly, SameSite=Lax, Secure on https. `maxAge` is in seconds. */
export function setCookie(name: string, value: string, path: string, maxAge: number): string {
  const secure = secureCookies() ? "; Secure" : "";
  return `${name}=${value}; Path=${path}; Max-Age=${maxAge}; HttpOnly; SameSite=Lax${secure}`;
}

/** A new session token (256 bits), as the cookie carries it. */
export function newSessionToken(): string {
  return randomBytes(32).toString("base64url");
}

/** What the database keeps in place of a session token. */
export function hashToken(token: string): string {
  return createHash("sha256").update(token).digest("hex");
}

/** The session token a request carries, whether or not a session stands behind it. */
export function sessionToken(headers: Headers): string | undefined {
  return readCookie(headers, sessionCookieName());
}

/** Begins a session. `replaces` is the token of the one that this browser had before; it ends. */
export async function startSession(userId: string, token: string, replaces: string | undefined): Promise<Date> {
  const expires = new Date(Date.now() + SESSION_MAX_AGE * 1000);
  await accountsDb().session.deleteMany({
    where: { OR: [{ userId, expires: { lt: new Date() } }, ...(replaces ? [{ tokenHash: hashToken(replaces) }] : [])] },
  });
  await accountsDb().session.create({ data: { tokenHash: hashToken(token), userId, expires } });
  return expires;
}

/** Ends one session; its cookie is worth nothing from the next request on. */
export async function endSession(sessionId: string): Promise<void> {
  await accountsDb().session.deleteMany({ where: { id: sessionId } });
}

/** Ends every session of a user, in every browser. */
export async function endAllSessions(userId: string): Promise<void> {
  await accountsDb().session.deleteMany({ where: { userId } });
}

/**
 * The live session behind a request's cookie, or null. One round trip; at most once a day a second one, which moves the
 * end of a session in use.
 */
export async function readSession(headers: Headers): Promise<SessionInfo | null> {
  const token = sessionToken(headers);
  if (!token) return null;
  // One round trip for role and query; the hash is hex by construction, so it can stand in the text.
  const results = (await pool().query(`
    SELECT set_config('role', 'frontdesk_system', true);
    SELECT s.id AS "sessionId", u.id AS "userId", u.email, u.name, u."isAdmin", m."businessId", m.role,
      s.expires < now() + interval '${SESSION_MAX_AGE - SLIDE_AFTER} seconds' AS slides
    FROM "Session" s
    JOIN "User" u ON u.id = s."userId"
    LEFT JOIN LATERAL (
      SELECT "businessId", role FROM "Member" WHERE "userId" = u.id
      ORDER BY ("businessId" = s."activeBusinessId") IS TRUE DESC, "createdAt" LIMIT 1) m ON true
    WHERE s."tokenHash" = '${hashToken(token)}' AND s.expires > now()`)) as unknown as {
    rows: (SessionInfo & { slides: boolean })[];
  }[];
  const row = results[1]?.rows[0];
  if (!row) return null;
  const { slides, ...session } = row;
  if (slides) await slide(session.sessionId);
  return session;
}

/** The value of a request's cookie. */
export function readCookie(headers: Headers, name: string): string | undefined {
  for (const pair of headers.get("cookie")?.split(";") ?? []) {
    const at = pair.indexOf("=");
    if (pair.slice(0, at).trim() === name) return pair.slice(at + 1).trim();
  }
  return undefined;
}

async function slide(sessionId: string): Promise<void> {
  await accountsDb().session.updateMany({
    where: { id: sessionId },
    data: { expires: new Date(Date.now() + SESSION_MAX_AGE * 1000) },
  });
}
