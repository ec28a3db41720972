import type { Adapter, AdapterUser } from "next-auth/adapters";
import { startSession } from "@/lib/auth/session";
import { accountsDb } from "@/lib/db";

/**
 * What next-auth needs of the database to begin a session. Users and accounts are made by `admit`, before it asks;
 * sessions are kept by their token's hash, and no token of a provider is kept at all. `previous` is the session token
 * that the browser brings along.
 */
export function sessionAdapter(previous: string | undefined): Adapter {
  return {
    getUserByAccount: async ({ provider, providerAccountId }) => {
      const account = await accountsDb().account.findUnique({
        where: { provider_providerAccountId: { provider, providerAccountId } },
        select: { user: { select: { id: true, email: true, emailVerified: true, name: true, image: true } } },
      });
      return (account?.user satisfies AdapterUser | undefined) ?? null;
    },
    createSession: async ({ sessionToken, userId }) => {
      const expires = await startSession(userId, sessionToken, previous);
      return { sessionToken, userId, expires };
    },
    // Asked at a sign-in, to add the new identity to the user of a running session. Here each sign-in stands alone.
    getSessionAndUser: () => null,
  };
}
