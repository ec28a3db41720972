import type { Profile } from "next-auth";
import type { OAuthConfig } from "next-auth/providers/oauth";
import { env } from "@/lib/env";

/** The ways to sign in that the environment configures: Google, one OpenID provider of the operator's choice, or none. */
export function signInProviders(): OAuthConfig<Profile>[] {
  const { GOOGLE_CLIENT_ID, GOOGLE_CLIENT_SECRET, OIDC_ISSUER, OIDC_CLIENT_ID, OIDC_CLIENT_SECRET } = env();
  return [
    ...(GOOGLE_CLIENT_ID && GOOGLE_CLIENT_SECRET
      ? [openId("google", "Google", "https://accounts.google.com", GOOGLE_CLIENT_ID, GOOGLE_CLIENT_SECRET)]
      : []),
    ...(OIDC_ISSUER && OIDC_CLIENT_ID && OIDC_CLIENT_SECRET
      ? [openId("oidc", new URL(OIDC_ISSUER).hostname, OIDC_ISSUER, OIDC_CLIENT_ID, OIDC_CLIENT_SECRET)]
      : []),
  ];
}

/** What the sign-in page offers. */
export function waysToSignIn(): { providers: { id: string; name: string }[]; demo: boolean } {
  return { providers: signInProviders().map(({ id, name }) => ({ id, name })), demo: env().FRONTDESK_DEMO };
}

function openId(
  id: string,
  name: string,
  issuer: string,
  clientId: string,
  clientSecret: string,
): OAuthConfig<Profile> {
  return {
    id,
    name,
    type: "oauth",
    wellKnown: `${issuer}/.well-known/openid-configuration`,
    clientId,
    clientSecret,
    idToken: true,
    checks: ["pkce", "state", "nonce"],
    authorization: { params: { scope: "openid email profile" } },
    userinfo: {
      // Many providers put the address into the id token; the others tell it here, of the same subject.
      request: async ({ client, tokens }) => {
        const set = tokens as Exclude<Parameters<typeof client.userinfo>[0], string>;
        const claims = set.claims();
        return claims.email ? claims : { ...claims, ...(await client.userinfo(set)) };
      },
    },
    profile: ({ sub = "", name = null, email = null }) => ({ id: sub, name, email }),
  };
}
