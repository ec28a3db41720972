const WORDS: Record<string, string> = {
  InviteNeeded: "This address has no account yet. Enter the invite code you were given, then sign in again.",
  EmailNotVerified: "Your provider has not confirmed your email address. Confirm it there, then sign in again.",
  OAuthAccountNotLinked: "This email address already signs in another way. Use the same way as before.",
  AccessDenied: "The provider did not let you in. Sign in with another account.",
  SessionRequired: "Sign in to go on.",
};

/** Why a sign-in did not work, by the code that stands in the address; null without a code. */
export function signInTrouble(code: string | undefined): string | null {
  if (!code) return null;
  if (Object.hasOwn(WORDS, code)) return WORDS[code] ?? null;
  return code.startsWith("OAuth")
    ? "The provider could not sign you in. Try again in a moment; if it stays, tell support (E1001)."
    : "The sign-in did not work. Try again; if it stays, tell support (E1001).";
}
