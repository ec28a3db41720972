import type pg from "pg";
import { v7 as uuidv7 } from "uuid";
import { hashInviteCode } from "@/lib/auth/invites";
import { pool } from "@/lib/db";
import { env } from "@/lib/env";

/** What a provider says of somebody, once its signature has been checked. */
export interface Identity {
  provider: string;
  providerAccountId: string;
  email: string | null;
  emailVerified: boolean;
  name: string | null;
  image: string | null;
}

/** The user, or why there is none; the sign-in page words the reason. */
type Admission = { userId: string } | { refused: "InviteNeeded" | "EmailNotVerified" };

/**
 * Finds or makes the user of an identity, in one transaction. A known identity is let in; a verified address of a user
 * links the identity to that user; a new address needs an invite or a place in ADMIN_EMAILS. An invite for the address
 * is used up, by a user who was there before as well. Who is an admin is settled at each sign-in.
 */
export async function admit(identity: Identity, inviteCode: string | undefined): Promise<Admission> {
  return inTransaction(async (client) => {
    const known = await userOfAccount(client, identity);
    if (known) return { userId: await settle(client, known) };
    const email = identity.email?.toLowerCase();
    if (!email || !identity.emailVerified) return { refused: "EmailNotVerified" };
    // Two sign-ins of one address at once: the second waits and finds what the first made.
    await client.query("SELECT pg_advisory_xact_lock(hashtextextended($1, 0))", [`sign-in ${email}`]);
    const user = (await userOfEmail(client, email)) ?? (await newUser(client, identity, email, inviteCode));
    if (!user) return { refused: "InviteNeeded" };
    await linkAccount(client, identity, user.id);
    return { userId: await settle(client, user) };
  });
}

interface UsedInvite {
  id: string;
  businessId: string | null;
  role: string;
}

interface Found {
  id: string;
  email: string;
  /** the invite that a new user came with */
  invite?: UsedInvite | null;
}

/** Uses up a waiting invite, brings the admin's right up to date, and joins the invite's business. Returns the user's id. */
async function settle(client: pg.PoolClient, { id, email, invite: brought }: Found): Promise<string> {
  const invite = brought ?? (await claimInvite(client, id, email, undefined));
  // An admin is who ADMIN_EMAILS names now, or who was made one by an invite.
  await client.query(
    `UPDATE "User" SET "isAdmin" = email = ANY ($2) OR EXISTS (SELECT FROM "Invite" WHERE admin AND "usedById" = $1)
     WHERE id = $1`,
    [id, env().ADMIN_EMAILS],
  );
  if (invite?.businessId) await join(client, id, invite.businessId, invite.role);
  return id;
}

async function userOfAccount(client: pg.PoolClient, { provider, providerAccountId }: Identity) {
  const { rows } = await client.query<Found>(
    `SELECT u.id, u.email FROM "User" u JOIN "Account" a ON a."userId" = u.id
     WHERE a.provider = $1 AND a."providerAccountId" = $2`,
    [provider, providerAccountId],
  );
  return rows[0];
}

async function userOfEmail(client: pg.PoolClient, email: string): Promise<Found | undefined> {
  const { rows } = await client.query<Found>(
    `UPDATE "User" SET "emailVerified" = COALESCE("emailVerified", now()) WHERE email = $1 RETURNING id, email`,
    [email],
  );
  return rows[0];
}

async function newUser(
  client: pg.PoolClient,
  identity: Identity,
  email: string,
  inviteCode: string | undefined,
): Promise<Found | null> {
  const id = uuidv7();
  const invite = await claimInvite(client, id, email, inviteCode);
  if (!invite && !env().ADMIN_EMAILS.includes(email)) return null;
  await client.query(`INSERT INTO "User" (id, email, "emailVerified", name, image) VALUES ($1, $2, now(), $3, $4)`, [
    id,
    email,
    identity.name,
    identity.image,
  ]);
  return { id, email, invite };
}

// One row and one UPDATE: of two at once the second waits for the first's lock and then finds the invite used.
async function claimInvite(client: pg.PoolClient, userId: string, email: string, code: string | undefined) {
  const { rows } = await client.query<UsedInvite>(
    `UPDATE "Invite" SET "usedAt" = now(), "usedById" = $1
     WHERE "usedAt" IS NULL AND id = (
       SELECT id FROM "Invite"
       WHERE "usedAt" IS NULL AND "expiresAt" > now() AND (email = $2 OR (email IS NULL AND "codeHash" = $3))
       ORDER BY "codeHash" = $3 DESC NULLS LAST, "createdAt" LIMIT 1)
     RETURNING id, "businessId", role`,
    [userId, email, code === undefined ? null : hashInviteCode(code)],
  );
  return rows[0] ?? null;
}

async function linkAccount(client: pg.PoolClient, { provider, providerAccountId }: Identity, userId: string) {
  await client.query(
    `INSERT INTO "Account" (id, "userId", provider, "providerAccountId") VALUES ($1, $2, $3, $4)
     ON CONFLICT (provider, "providerAccountId") DO NOTHING`,
    [uuidv7(), userId, provider, providerAccountId],
  );
}

// The last step, because from here on the transaction speaks for the tenant alone.
async function join(client: pg.PoolClient, userId: string, businessId: string, role: string): Promise<void> {
  await client.query("SELECT set_config('role', 'frontdesk_app', true), set_config('app.business_id', $1, true)", [
    businessId,
  ]);
  await client.query(
    `WITH member AS (
       INSERT INTO "Member" (id, "businessId", "userId", role) VALUES ($1, $2, $3, $4)
       ON CONFLICT DO NOTHING RETURNING id)
     INSERT INTO "Activity" (id, "businessId", actor, action, entity, "entityId", after)
     SELECT $5, $2, $6, 'member.joined', 'Member', id, jsonb_build_object('userId', $3::uuid, 'role', $4::text) FROM member`,
    [uuidv7(), businessId, userId, role, uuidv7(), `user:${userId}`],
  );
}

async function inTransaction<T>(work: (client: pg.PoolClient) => Promise<T>): Promise<T> {
  const client = await pool().connect();
  try {
    await client.query("BEGIN");
    const result = await work(client);
    await client.query("COMMIT");
    client.release();
    return result;
  } catch (error) {
    // Closing the connection rolls back, whatever state it is in.
    client.release(true);
    throw error;
  }
}
