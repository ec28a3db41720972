import type { AuthOptions, LoggerInstance } from "next-auth";
import { sessionAdapter } from "@/lib/auth/adapter";
import { admit } from "@/lib/auth/admit";
import { carriedInviteCode } from "@/lib/auth/invites";
import { signInProviders } from "@/lib/auth/providers";
import {
  newSessionToken,
  secureCookies,
  SESSION_MAX_AGE,
  sessionCookieName,
  sessionCookieOptions,
  sessionToken,
} from "@/lib/auth/session";
import { env } from "@/lib/env";
import { log } from "@/lib/observability/log";

/** next-auth's configuration for one request: it reads the request's session token and the invite code it carries. */
export function authOptions(headers: Headers): AuthOptions {
  return {
    secret: env().NEXTAUTH_SECRET,
    providers: signInProviders(),
    adapter: sessionAdapter(sessionToken(headers)),
    session: { strategy: "database", maxAge: SESSION_MAX_AGE, generateSessionToken: newSessionToken },
    useSecureCookies: secureCookies(),
    cookies: { sessionToken: { name: sessionCookieName(), options: sessionCookieOptions() } },
    pages: { signIn: "/sign-in", error: "/sign-in" },
    logger,
    callbacks: {
      signIn: async ({ account, profile }) => {
        if (!account || !profile) return false;
        const admission = await admit(
          {
            provider: account.provider,
            providerAccountId: account.providerAccountId,
            email: profile.email ?? null,
            emailVerified: (profile as { email_verified?: unknown }).email_verified === true,
            name: profile.name ?? null,
            image: (profile as { picture?: string }).picture ?? null,
          },
          carriedInviteCode(headers),
        );
        return "userId" in admission || `${env().APP_URL}/sign-in?error=${admission.refused}`;
      },
      redirect: ({ url, baseUrl }) => ownAddress(url, baseUrl) ?? `${baseUrl}/inbox`,
    },
  };
}

/** An address of our own origin in full, or null: a sign-in never leads anywhere else. */
export function ownAddress(url: string, baseUrl: string): string | null {
  const target = URL.parse(url, baseUrl);
  return target?.origin === new URL(baseUrl).origin ? target.href : null;
}

// What next-auth adds to an error may hold a person's profile or a token, so only the error itself is logged. A callback
// fails for whoever cancels or comes back late; everything else is ours to mend.
const logger: LoggerInstance = {
  error: (code, metadata) => {
    const err = metadata instanceof Error ? metadata : metadata.error;
    log()[code.startsWith("OAUTH_CALLBACK") ? "warn" : "error"]({ code, err }, "sign-in failed");
  },
  warn: (code) => log().warn({ code }, "sign-in"),
  debug: () => undefined,
};
