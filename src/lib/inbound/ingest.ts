import type { Db, Tx } from "@/lib/db";
import { raiseAlert } from "@/lib/alerts/queries";
import { isDatabaseAway } from "@/lib/error-handler";
import { log } from "@/lib/observability/log";
import { parseEnvelope } from "@/lib/whatsapp/envelope";
import { applyUpdates, type Delivered } from "./applyUpdates";
import { finishRawEvents, keepStrange, loadRawEvents, type Holding } from "./queries";
import { loadHolders } from "./holders";

// One POST may carry 1000 updates, and a batch is many POSTs; a transaction takes this many, so that none is held long.
const CHUNK = 50;

/** A raw webhook has no tenant yet: its router is handed both views of the database. */
export interface Databases {
  system: Db;
  tenant: (businessId: string) => Db;
}

/**
 * Routes stored webhooks: each update to the business that held its number at the time it speaks of. Safe to run
 * again. What is not understood or has no owner is kept with the reason. Throws only when the database is away, or too
 * slow for a single update.
 */
export async function ingest({ system, tenant }: Databases, ...rawEventIds: string[]): Promise<void> {
  const problems = new Problems();
  const { raws, delivered, holderOf } = await system.$transaction((tx) => load(tx, rawEventIds, problems));
  const byChannel = Map.groupBy(delivered, ({ update, receivedAt }) => holderOf(update, receivedAt));
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
  const holderOf = await loadHolders(
    tx,
    delivered.map(({ update }) => update),
  );
  return { raws, delivered, holderOf };
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
      // Slowness is nothing that the update is guilty of: its job comes again.
      if (tookTooLong(err)) throw err;
      log().error({ err, rawEventId: only.rawEventId }, "an update could not be applied");
      problems.add(only.rawEventId, [
        `An update of kind ${only.update.kind} could not be applied; the cause is in the log`,
      ]);
      return;
    }
  }
  for (const update of updates) await applyChunk(db, holding, [update], problems);
}

/** Prisma's code for a transaction that could not begin, or (where the database is not away) was not done in time. */
function tookTooLong(err: unknown): boolean {
  return (err as { code?: unknown }).code === "P2028";
}
