import { v7 as uuidv7 } from "uuid";
import type { Tx } from "@/lib/db";
import type { Prisma } from "@/generated/prisma/client";
import type { PhoneMessage } from "./schema";

/** The business's simulator channel, or null. */
export async function simulatorChannel(tx: Tx, businessId: string) {
  return tx.channel.findFirst({
    where: { businessId, mode: "SIMULATOR" },
    orderBy: { createdAt: "asc" },
    select: { id: true, phoneNumberId: true, displayNumber: true },
  });
}

/** The simulator channel behind a phone number id, whichever business holds it now. For the stand-in of Graph, which knows no tenant. */
export async function simulatorChannelByNumber(tx: Tx, phoneNumberId: string) {
  return tx.channel.findFirst({
    where: { phoneNumberId, mode: "SIMULATOR", holdings: { some: { heldUntil: null } } },
    select: { businessId: true, displayNumber: true, accessTokenEnc: true },
  });
}

interface NewPhoneMessage {
  businessId: string;
  phoneNumberId: string;
  customer: string;
  direction: "IN" | "OUT";
  wamid: string;
  text: string;
  payload: Prisma.InputJsonValue;
}

/** Keeps what the simulated phone sent, or what the stand-in of Graph accepted. */
export async function addPhoneMessage(tx: Tx, message: NewPhoneMessage): Promise<void> {
  await tx.simulatorMessage.create({ data: { id: uuidv7(), ...message } });
}

/** The last 200 bubbles of one simulated phone, oldest first. */
export async function phoneMessages(tx: Tx, businessId: string, customer: string): Promise<PhoneMessage[]> {
  const rows = await tx.simulatorMessage.findMany({
    where: { businessId, customer },
    orderBy: [{ createdAt: "desc" }, { id: "desc" }],
    take: 200,
  });
  return rows.reverse().map(({ id, direction, wamid, text, createdAt }) => ({
    id,
    direction: direction === "OUT" ? "OUT" : "IN",
    wamid,
    text,
    at: createdAt.toISOString(),
  }));
}
