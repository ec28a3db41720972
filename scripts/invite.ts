import { parseArgs } from "node:util";
import { z } from "zod";
import { createInvite } from "@/lib/auth/invites";
import { accountsDb, closeDb, systemDb } from "@/lib/db";
import { openDatabase } from "./launch/database";
import { readSettings } from "./launch/settings";

const USAGE = "npm run invite -- [--email a@b.c] [--admin] [--business <id> [--role owner|member]]";

const Arguments = z
  .strictObject({
    email: z.email().toLowerCase().optional(),
    admin: z.boolean().optional(),
    business: z.uuid("must be the id of a business").toLowerCase().optional(),
    role: z.enum(["owner", "member"]).optional(),
  })
  .refine((given) => given.business || !given.role, { path: ["role"], message: "needs --business beside it" })
  .refine((given) => given.email || !given.admin, { path: ["admin"], message: "needs --email beside it" });

/** A mistake of the person at the command line; its message says all. */
class InviteError extends Error {}

async function main(): Promise<void> {
  const wanted = readArguments();
  const settings = readSettings("production");
  const closeDatabase = await openDatabase(settings);
  try {
    await invite(wanted, settings.parsed.APP_URL);
  } finally {
    await closeDb();
    await closeDatabase();
  }
}

async function invite({ email, admin, business, role }: z.output<typeof Arguments>, appUrl: string): Promise<void> {
  if (email && (await accountsDb().user.findUnique({ where: { email } })))
    throw new InviteError(`${email} has an account already and can simply sign in.`);
  if (business && !(await businessExists(business))) throw new InviteError(`There is no business ${business}.`);
  const { code, expiresAt } = await createInvite({
    email,
    ...(admin && { admin }),
    businessId: business,
    role: role === "member" ? "MEMBER" : "OWNER",
  });
  console.log(`${appUrl}/sign-in?invite=${code}`);
  console.log(`For ${email ?? "whoever has the link"}, once, until ${expiresAt.toISOString()}. It is not shown again.`);
}

function readArguments(): z.output<typeof Arguments> {
  const string = { type: "string" } as const;
  const options = { email: string, admin: { type: "boolean" } as const, business: string, role: string };
  const given = Arguments.safeParse(parse(() => parseArgs({ options }).values));
  if (given.success) return given.data;
  const [issue] = given.error.issues;
  throw new InviteError(`--${issue?.path.join(".")}: ${issue?.message}. Usage: ${USAGE}`);
}

function parse<T>(read: () => T): T {
  try {
    return { ...read() };
  } catch (error) {
    throw new InviteError(`${(error as Error).message}. Usage: ${USAGE}`);
  }
}

async function businessExists(id: string): Promise<boolean> {
  return systemDb().$transaction(async (tx) => (await tx.business.count({ where: { id } })) === 1);
}

try {
  await main();
} catch (error) {
  console.error(error instanceof Error ? error.message : error);
  process.exitCode = 1;
}
