import { headers } from "next/headers";
import { redirect } from "next/navigation";
import { cache } from "react";
import { readSession, type SessionInfo } from "@/lib/auth/session";

/** Who is signed in, for pages and layouts; null when nobody is. Read once per request, however many ask. */
export const currentSession = cache(async (): Promise<SessionInfo | null> => readSession(await headers()));

/** Who is signed in, for pages and layouts; somebody who is not is sent to the sign-in page. */
export async function requireSession(): Promise<SessionInfo> {
  const session = await currentSession();
  if (!session) redirect("/sign-in");
  return session;
}
