import { parseArgs } from "node:util";
import { isSupportedCountry } from "libphonenumber-js";
import { v7 as uuidv7 } from "uuid";
import { z } from "zod";
import { createInvite } from "@/lib/auth/invites";
import { accountsDb, closeDb, systemDb, tenantDb } from "@/lib/db";
import { bindFirstChannel } from "../prisma/seed";
import { openDatabase, prepareDatabase } from "./launch/database";
import { readSettings } from "./launch/settings";

const USAGE =
  "npm run invite -- [--email a@b.c] [--admin] [--business <id> [--role owner|member] | --business-name <name> [--time-zone Europe/Berlin] [--country DE] [--currency EUR]]";

const Arguments = z
  .strictObject({
    email: z.email().toLowerCase().optional(),
    admin: z.boolean().optional(),
    business: z.uuid("must be the id of a business").toLowerCase().optional(),
    role: z.enum(["owner", "member"]).optional(),
    "business-name": z.string().trim().min(1, "must not be empty").max(200).optional(),
    "time-zone": z.string().refine(isTimeZone, "must be an IANA name such as Europe/Berlin").optional(),
    country: z.string().toUpperCase().refine(isSupportedCountry, "must be two letters such as DE").optional(),
    currency: z.string().toUpperCase().refine(isCurrency, "must be three letters such as EUR").optional(),
  })
  .refine((given) => !given.business || !given["business-name"], {
    path: ["business"],
    message: "or --business-name, not both",
  })
  .refine((given) => given["business-name"] || !(given["time-zone"] ?? given.country ?? given.currency), {
    path: ["business-name"],
    message: "is needed beside the time zone, country or currency",
  })
  .refine((given) => given.business || !given.role, { path: ["role"], message: "needs --business beside it" })
  .refine((given) => given.email || !given.admin, { path: ["admin"], message: "needs --email beside it" });

type Wanted = z.output<typeof Arguments>;

/** A mistake of the person at the command line; its message says all. */
class InviteError extends Error {}

async function main(): Promise<void> {
  const wanted = readArguments();
  const settings = readSettings("production");
  const closeDatabase = await openDatabase(settings);
  try {
    // An embedded database may be new, and the invite comes before the first start.
    if (settings.embedded) await prepareDatabase(settings);
    await invite(wanted, settings.parsed.APP_URL);
  } finally {
    await closeDb();
    await closeDatabase();
  }
}

async function invite(wanted: Wanted, appUrl: string): Promise<void> {
  const { email, admin, business, role } = wanted;
  const known = email !== undefined && (await accountsDb().user.findUnique({ where: { email } })) !== null;
  if (known && !admin && !business && !wanted["business-name"])
    throw new InviteError(`${email} has an account already and can simply sign in.`);
  if (business && !(await businessExists(business))) throw new InviteError(`There is no business ${business}.`);
  const { code, expiresAt } = await createInvite({
    email,
    ...(admin && { admin }),
    businessId: wanted["business-name"] ? await createBusiness(wanted["business-name"], wanted) : business,
    role: role === "member" ? "MEMBER" : "OWNER",
  });
  const until = expiresAt.toISOString();
  if (known) return console.log(`${email} has an account: the invite takes effect at the next sign-in until ${until}.`);
  console.log(`${appUrl}/sign-in?invite=${code}`);
  console.log(`For ${email ?? "whoever has the link"}, once, until ${until}. It is not shown again.`);
}

async function createBusiness(name: string, wanted: Wanted): Promise<string> {
  const id = uuidv7();
  const data = {
    id,
    name,
    timeZone: wanted["time-zone"] ?? Intl.DateTimeFormat().resolvedOptions().timeZone,
    country: wanted.country ?? "US",
    currency: wanted.currency ?? "USD",
  };
  await tenantDb(id).$transaction((tx) => tx.business.create({ data }));
  // The number of the environment waits for the first business.
  await bindFirstChannel();
  console.log(`Made the business ${name} (${id}): ${data.timeZone}, ${data.country}, ${data.currency}.`);
  return id;
}

function readArguments(): Wanted {
  const string = { type: "string" } as const;
  const options = {
    ...{ email: string, admin: { type: "boolean" } as const, business: string, role: string },
    ...{ "business-name": string, "time-zone": string, country: string, currency: string },
  };
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

function isTimeZone(name: string): boolean {
  try {
    return new Intl.DateTimeFormat("en", { timeZone: name }).resolvedOptions().timeZone !== "";
  } catch {
    return false;
  }
}

function isCurrency(code: string): boolean {
  return Intl.supportedValuesOf("currency").includes(code);
}

try {
  await main();
} catch (error) {
  console.error(error instanceof Error ? error.message : error);
  process.exitCode = 1;
}
