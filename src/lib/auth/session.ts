import { createHash, randomBytes } from "node:crypto";
import { pool } from "@/lib/db";
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

/** The session cookie's name; on https it carries the prefix that binds it to the host's secure side. */
export function sessionCookieName(): string {
  return env().APP_URL.startsWith("https:") ? "__Secure-next-auth.session-token" : "next-auth.session-token";
}

/** A new session token (256 bits), as the cookie carries it. */
export function newSessionToken(): string {
  return randomBytes(32).toString("base64url");
}

/** What the database keeps in place of a session token. */
export function hashToken(token: string): string {
  return createHash("sha256").update(token).digest("hex");
}

/** The live session behind a request's cookie, or null. One round trip. */
export async function readSession(headers: Headers): Promise<SessionInfo | null> {
  const token = cookie(headers, sessionCookieName());
  if (!token) return null;
  // One round trip for role and query; the hash is hex by construction, so it can stand in the text.
  const results = (await pool().query(`
    SELECT set_config('role', 'frontdesk_system', true);
    SELECT s.id AS "sessionId", u.id AS "userId", u.email, u.name, u."isAdmin", m."businessId", m.role
    FROM "Session" s
    JOIN "User" u ON u.id = s."userId"
    LEFT JOIN LATERAL (
      SELECT "businessId", role FROM "Member" WHERE "userId" = u.id
      ORDER BY ("businessId" = s."activeBusinessId") IS TRUE DESC, "createdAt" LIMIT 1) m ON true
    WHERE s."tokenHash" = '${hashToken(token)}' AND s.expires > now()`)) as unknown as { rows: SessionInfo[] }[];
  return results[1]?.rows[0] ?? null;
}

function cookie(headers: Headers, name: string): string | undefined {
  for (const pair of headers.get("cookie")?.split(";") ?? []) {
    const at = pair.indexOf("=");
    if (pair.slice(0, at).trim() === name) return pair.slice(at + 1).trim();
  }
  return undefined;
}
