import { createHash, randomInt } from "node:crypto";
import { accountsDb } from "@/lib/db";
import { readCookie, setCookie } from "@/lib/auth/session";
import type { Invite } from "@/generated/prisma/client";

interface NewInvite {
  /** the only address that may use it; absent: whoever has the code */
  email?: string | undefined;
  /** makes the account a platform admin */
  admin?: boolean;
  /** the business the account joins */
  businessId?: string | undefined;
  role?: "OWNER" | "MEMBER";
}

const INVITE_DAYS = 14;
// Without 0, 1, I, L, O and U, which people misread or misspell; 20 of 30 signs are 98 bits.
const ALPHABET = "23456789ABCDEFGHJKMNPQRSTVWXYZ";
const CODE_LENGTH = 20;
const COOKIE = "frontdesk.invite";
const COOKIE_MAX_AGE = 3600;

/** Makes an invite for one account; it ends after 14 days. The code is given once: the database keeps its hash. */
export async function createInvite(invite: NewInvite): Promise<{ code: string; expiresAt: Date }> {
  const signs = Array.from({ length: CODE_LENGTH }, () => ALPHABET[randomInt(ALPHABET.length)]).join("");
  const code = signs.replace(/.{5}(?=.)/g, "$&-");
  const expiresAt = new Date(Date.now() + INVITE_DAYS * 24 * 3600 * 1000);
  await accountsDb().invite.create({
    data: {
      codeHash: hashInviteCode(code),
      email: invite.email?.toLowerCase() ?? null,
      admin: invite.admin ?? false,
      businessId: invite.businessId ?? null,
      role: invite.role ?? "OWNER",
      expiresAt,
    },
  });
  return { code, expiresAt };
}

/** The unused, unexpired invite of a code, or null. */
export async function findInvite(code: string): Promise<Invite | null> {
  return accountsDb().invite.findFirst({
    where: { codeHash: hashInviteCode(code), usedAt: null, expiresAt: { gt: new Date() } },
  });
}

/** What the database keeps in place of a code; case, spaces and hyphens do not count. */
export function hashInviteCode(code: string): string {
  const signs = code.toUpperCase().replace(/[^0-9A-Z]/g, "");
  return createHash("sha256").update(signs).digest("hex");
}

/** The Set-Cookie header that carries a code to the end of the sign-in, for an hour. */
export function inviteCookie(code: string): string {
  return setCookie(COOKIE, code.replace(/[^0-9A-Za-z]/g, ""), "/api/auth", COOKIE_MAX_AGE);
}

/** The code that a request carries to the end of the sign-in; whether it is good is for the database to say. */
export function carriedInviteCode(headers: Headers): string | undefined {
  return readCookie(headers, COOKIE);
}
