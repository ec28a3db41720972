import type { Db, Tx } from "@/lib/db";
import { raiseAlert } from "@/lib/alerts/queries";
import { isDatabaseAway } from "@/lib/error-handler";
import { log } from "@/lib/observability/log";
import { parseEnvelope, type Update } from "@/lib/whatsapp/envelope";
import { applyUpdates, type Delivered } from "./applyUpdates";
import { finishRawEvents, holdingsOf, keepStrange, loadRawEvents, type Holding } from "./queries";

// One POST may carry 1000 updates, and a batch is many POSTs; a transaction takes this many, so that none is held long.
const CHUNK = 50;

/** A raw webhook has no tenant yet: its router is handed both views of the database. */
export interface Databases {
  system: Db;
  tenant: (businessId: string) => Db;
}

/**
 * Routes stored webhooks: each update to the business that held its number at the time it speaks of. Safe to run
 * again. What is not understood or has no owner is kept with the reason. Throws only when the database is away.
 */
export async function ingest({ system, tenant }: Databases, ...rawEventIds: string[]): Promise<void> {
  const problems = new Problems();
  const { raws, delivered, holdings } = await system.$transaction((tx) => load(tx, rawEventIds, problems));
  const byChannel = Map.groupBy(delivered, ({ update, receivedAt }) => holderAt(holdings, update, receivedAt));
  for (const [holding, group] of byChannel) {
    if (!holding) problems.addUnknown(group);
    else
      for (let at = 0; at < group.length; at += CHUNK)
        await applyChunk(tenant(holding.businessId), holding, group.slice(at, at + CHUNK), problems);
  }
  await system.$transaction((tx) =>
    finish(
      tx,
      raws.map(({ id }) => id),
      problems,
    ),
  );
}

async function load(tx: Tx, rawEventIds: string[], problems: Problems) {
  const raws = await loadRawEvents(tx, rawEventIds);
  const delivered: (Delivered & { receivedAt: Date })[] = [];
  for (const { id: rawEventId, body, receivedAt } of raws) {
    const envelope = parseEnvelope(Buffer.from(body), receivedAt);
    problems.add(rawEventId, envelope.problems);
    for (const update of envelope.updates) delivered.push({ rawEventId, receivedAt, update });
  }
  const numbers = [...new Set(delivered.map(({ update }) => update.phoneNumberId).filter((id) => id !== null))];
  return { raws, delivered, holdings: numbers.length ? await holdingsOf(tx, numbers) : [] };
}

/** What was found wrong, by delivery. */
class Problems {
  readonly byDelivery = new Map<string, string[]>();
  readonly unknownNumbers = new Set<string>();
  /** the first that is not a matter of an unknown number */
  first: string | undefined;

  add(rawEventId: string, problems: string[]): void {
    this.first ??= problems[0];
    this.#keep(rawEventId, problems);
  }

  addUnknown(group: Delivered[]): void {
    for (const { rawEventId, update } of group) {
      const number = update.phoneNumberId ?? "none";
      this.unknownNumbers.add(number);
      this.#keep(rawEventId, [`No business held the phone number id ${number} at that time`]);
    }
  }

  #keep(rawEventId: string, problems: string[]): void {
    if (problems.length > 0)
      this.byDelivery.set(rawEventId, [...new Set([...(this.byDelivery.get(rawEventId) ?? []), ...problems])]);
  }
}

async function finish(tx: Tx, rawEventIds: string[], problems: Problems): Promise<void> {
  await finishRawEvents(
    tx,
    rawEventIds.filter((id) => !problems.byDelivery.has(id)),
  );
  for (const [id, found] of problems.byDelivery) await keepStrange(tx, id, found);
  for (const number of problems.unknownNumbers)
    await raiseAlert(tx, null, {
      kind: "unknown_number",
      subject: number,
      message: `A delivery named the phone number id ${number}, which no business held at that time. It is kept.`,
    });
  if (problems.first !== undefined)
    await raiseAlert(tx, null, { kind: "strange_delivery", subject: "whatsapp", message: problems.first });
}

/** Applies a chunk at once; if that fails, one by one, so that one bad update never costs the others. */
async function applyChunk(db: Db, holding: Holding, updates: Delivered[], problems: Problems): Promise<void> {
  try {
    return await db.$transaction((tx) => applyUpdates(tx, holding, updates));
  } catch (err) {
    if (isDatabaseAway(err)) throw err;
    const [only, ...others] = updates;
    if (only && others.length === 0) {
      log().error({ err, rawEventId: only.rawEventId }, "an update could not be applied");
      problems.add(only.rawEventId, [
        `An update of kind ${only.update.kind} could not be applied; the cause is in the log`,
      ]);
      return;
    }
  }
  for (const update of updates) await applyChunk(db, holding, [update], problems);
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
