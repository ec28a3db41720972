import { newSessionToken, startSession } from "@/lib/auth/session";
import { accountsDb } from "@/lib/db";
import { env } from "@/lib/env";
import { AppError } from "@/lib/error-handler";

/** The demo's one account; the seed makes it. */
export const DEMO_EMAIL = "demo@frontdesk.example";

/** Ends every session of the demo user: where the demo has been switched off, a cookie from before opens nothing. */
export async function endDemoSessions(): Promise<void> {
  await accountsDb().session.deleteMany({ where: { user: { email: DEMO_EMAIL } } });
}

/** Begins a session of the demo user and gives its token. Throws NOT_FOUND outside the demo, or before the seed. */
export async function startDemoSession(replaces: string | undefined): Promise<string> {
  if (!env().FRONTDESK_DEMO) throw new AppError("NOT_FOUND");
  const user = await accountsDb().user.findUnique({ where: { email: DEMO_EMAIL }, select: { id: true } });
  if (!user) throw new AppError("NOT_FOUND");
  const token = newSessionToken();
  await startSession(user.id, token, replaces);
  return token;
}
