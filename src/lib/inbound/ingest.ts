import type { Db } from "@/lib/db";
import { raiseAlert } from "@/lib/alerts/queries";
import { isDatabaseAway } from "@/lib/error-handler";
import { log } from "@/lib/observability/log";
import { parseEnvelope, type Update } from "@/lib/whatsapp/envelope";
import { applyUpdates } from "./applyUpdates";
import { finishRawEvent, holdingsOf, loadRawEvent, type Holding } from "./queries";

// One POST may carry 1000 updates; a transaction takes this many, so that none is held long.
const CHUNK = 50;

/** A raw webhook has no tenant yet: its router is handed both views of the database. */
export interface Databases {
  system: Db;
  tenant: (businessId: string) => Db;
}

/**
 * Routes a stored webhook: each update to the business that held its number at the time it speaks of. Safe to run
 * again. What is not understood or has no owner is kept with the reason. Throws only when the database is away.
 */
export async function ingest({ system, tenant }: Databases, rawEventId: string): Promise<void> {
  const raw = await system.$transaction((tx) => loadRawEvent(tx, rawEventId));
  if (!raw) return;
  const { updates, problems } = parseEnvelope(Buffer.from(raw.body), raw.receivedAt);
  const numbers = [...new Set(updates.map((update) => update.phoneNumberId).filter((id) => id !== null))];
  const holdings = numbers.length ? await system.$transaction((tx) => holdingsOf(tx, numbers)) : [];
  const unknown = new Set<string>();
  const byChannel = Map.groupBy(updates, (update) => holderAt(holdings, update, raw.receivedAt));
  for (const [holding, group] of byChannel) {
    if (!holding) {
      for (const update of group) unknown.add(update.phoneNumberId ?? "none");
      continue;
    }
    for (let at = 0; at < group.length; at += CHUNK)
      problems.push(
        ...(await applyChunk(tenant(holding.businessId), holding, rawEventId, group.slice(at, at + CHUNK))),
      );
  }
  for (const number of unknown) problems.push(`No business held the phone number id ${number} at that time`);
  await system.$transaction(async (tx) => {
    await finishRawEvent(tx, rawEventId, problems);
    for (const number of unknown)
      await raiseAlert(tx, null, {
        kind: "unknown_number",
        subject: number,
        message: `A delivery named the phone number id ${number}, which no business held at that time. It is kept.`,
      });
    if (problems.length > unknown.size)
      await raiseAlert(tx, null, { kind: "strange_delivery", subject: "whatsapp", message: problems[0] ?? "" });
  });
}

/** Applies a chunk at once; if that fails, one by one, so that one bad update never costs the others. */
async function applyChunk(db: Db, holding: Holding, rawEventId: string, updates: Update[]): Promise<string[]> {
  try {
    await db.$transaction((tx) => applyUpdates(tx, holding, rawEventId, updates));
    return [];
  } catch (error) {
    if (isDatabaseAway(error)) throw error;
    if (updates.length === 1) {
      log().error({ err: error, rawEventId }, "an update could not be applied");
      return [`An update of kind ${updates[0]?.kind} could not be applied; the cause is in the log`];
    }
  }
  const problems: string[] = [];
  for (const update of updates) problems.push(...(await applyChunk(db, holding, rawEventId, [update])));
  return problems;
}

function holderAt(holdings: Holding[], update: Update, receivedAt: Date): Holding | null {
  const at = timeOf(update) ?? receivedAt;
  const held = holdings.filter((holding) => holding.phoneNumberId === update.phoneNumberId);
  return held.find(({ heldFrom, heldUntil }) => heldFrom <= at && (!heldUntil || at < heldUntil)) ?? null;
}

function timeOf(update: Update): Date | null {
  switch (update.kind) {
    case "message":
    case "echo":
      return update.message.sentAt;
    case "status":
      return update.status.at;
    case "addressChange":
      return update.at;
    case "notice":
      return null;
  }
}
