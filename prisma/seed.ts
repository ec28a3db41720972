import { randomBytes } from "node:crypto";
import { v7 as uuidv7 } from "uuid";
import { DEMO_EMAIL } from "@/lib/auth/demo";
import type { Hours, ServiceTypeEnum } from "@/lib/business/schema";
import { open, seal } from "@/lib/crypto/secretBox";
import { accountsDb, systemDb, tenantDb, type Tx } from "@/lib/db";
import { env } from "@/lib/env";

const DEMO_BUSINESS_ID = "01930000-0000-7000-8000-000000000001";
// For a number that nobody held before: what was sent while it was being set up arrives too.
const HELD_FROM = new Date("2020-01-01T00:00:00Z");

const WEEKDAY: [string, string][] = [["08:00", "18:00"]];
const HOURS: Hours = {
  mon: WEEKDAY,
  tue: WEEKDAY,
  wed: WEEKDAY,
  thu: WEEKDAY,
  fri: WEEKDAY,
  sat: [["09:00", "13:00"]],
};

const SERVICES: { name: string; serviceTypeEnum: ServiceTypeEnum; synonyms: string[] }[] = [
  {
    name: "Plumbing and leaks",
    serviceTypeEnum: "PLUMBING",
    synonyms: ["leak", "leaking", "dripping tap", "burst pipe", "pipe", "tap", "toilet", "water pressure", "plumber"],
  },
  {
    name: "Boilers and heating",
    serviceTypeEnum: "HVAC",
    synonyms: ["boiler", "heating", "radiator", "no hot water", "thermostat", "boiler service", "gas engineer"],
  },
  {
    name: "Drains",
    serviceTypeEnum: "PLUMBING",
    synonyms: ["drain", "blocked drain", "blocked sink", "blocked toilet", "sewer", "gully", "drain smell"],
  },
  {
    name: "Bathroom fitting",
    serviceTypeEnum: "PLUMBING",
    synonyms: ["bathroom", "shower", "bath", "wet room", "basin", "new bathroom", "shower installation"],
  },
  {
    name: "Emergency call-out",
    serviceTypeEnum: "PLUMBING",
    synonyms: ["emergency", "urgent", "flood", "flooding", "water everywhere", "call-out", "right now"],
  },
];

/** Makes the demo business, its owner, its services and its simulated channel. Does nothing where they exist. */
export async function seedDemo(): Promise<void> {
  const { user } = accountsDb();
  await user.createMany({
    data: [{ email: DEMO_EMAIL, emailVerified: new Date(), name: "Demo owner", isAdmin: true }],
    skipDuplicates: true,
  });
  const { id: userId } = await user.findUniqueOrThrow({ where: { email: DEMO_EMAIL }, select: { id: true } });
  await tenantDb(DEMO_BUSINESS_ID).$transaction(async (tx) => {
    const { count } = await tx.business.createMany({ data: [demoBusiness()], skipDuplicates: true });
    if (count === 0) return;
    await tx.member.create({ data: { businessId: DEMO_BUSINESS_ID, userId, role: "OWNER" } });
    await tx.serviceType.createMany({
      data: SERVICES.map((service) => ({ ...service, businessId: DEMO_BUSINESS_ID })),
    });
    await createChannel(tx, {
      businessId: DEMO_BUSINESS_ID,
      mode: "SIMULATOR",
      phoneNumberId: "100000000000001",
      displayNumber: "+44 20 7946 0000",
      accessToken: randomBytes(24).toString("base64url"),
      heldFrom: HELD_FROM,
    });
  });
}

/**
 * Binds the number of WHATSAPP_PHONE_NUMBER_ID to the first business, or brings its token up to date where a business
 * holds it already. A number that others held before is held from this second on; one that the business had before comes
 * back to its old channel. Does nothing without the two variables, or while there is no business.
 */
export async function bindFirstChannel(): Promise<void> {
  const { WHATSAPP_PHONE_NUMBER_ID: phoneNumberId, WHATSAPP_ACCESS_TOKEN: accessToken } = env();
  if (!phoneNumberId || !accessToken) return;
  const { holding, held, business } = await systemDb().$transaction(async (tx) => ({
    holding: await tx.channelHolding.findFirst({ where: { phoneNumberId, heldUntil: null } }),
    held: await tx.channelHolding.count({ where: { phoneNumberId } }),
    business: await tx.business.findFirst({
      // What a demo left behind in the same folder never gets a real number.
      where: env().FRONTDESK_DEMO ? {} : { id: { not: DEMO_BUSINESS_ID } },
      orderBy: { createdAt: "asc" },
      select: { id: true },
    }),
  }));
  if (holding) return renewToken(holding.businessId, holding.channelId, accessToken);
  if (!business) return;
  await tenantDb(business.id).$transaction((tx) =>
    createChannel(tx, {
      businessId: business.id,
      mode: "GRAPH",
      phoneNumberId,
      // Meta tells the number itself with the first delivery; until then its id stands for it.
      displayNumber: phoneNumberId,
      accessToken,
      heldFrom: held === 0 ? HELD_FROM : new Date(Math.floor(Date.now() / 1000) * 1000),
    }),
  );
}

function demoBusiness() {
  return {
    id: DEMO_BUSINESS_ID,
    name: "Brightwater Plumbing",
    timeZone: "Europe/London",
    country: "GB",
    currency: "GBP",
    hours: HOURS,
  };
}

interface NewChannel {
  businessId: string;
  mode: "GRAPH" | "SIMULATOR";
  phoneNumberId: string;
  displayNumber: string;
  accessToken: string;
  heldFrom: Date;
}

async function createChannel(tx: Tx, { accessToken, heldFrom, ...channel }: NewChannel): Promise<void> {
  const { businessId, phoneNumberId } = channel;
  const accessTokenEnc = seal(accessToken);
  const { id: channelId } = await tx.channel.upsert({
    where: { businessId_phoneNumberId: { businessId, phoneNumberId } },
    create: { id: uuidv7(), ...channel, accessTokenEnc },
    update: { mode: channel.mode, accessTokenEnc, version: { increment: 1 } },
    select: { id: true },
  });
  await tx.channelHolding.create({ data: { businessId, channelId, phoneNumberId, heldFrom } });
}

async function renewToken(businessId: string, channelId: string, accessToken: string): Promise<void> {
  await tenantDb(businessId).$transaction(async (tx) => {
    const channel = await tx.channel.findUniqueOrThrow({ where: { id: channelId } });
    if (channel.accessTokenEnc && open(channel.accessTokenEnc) === accessToken) return;
    await tx.channel.update({
      where: { id: channelId },
      data: { accessTokenEnc: seal(accessToken), version: { increment: 1 } },
    });
  });
}
