import { raiseAlert } from "@/lib/alerts/queries";
import type { Tx } from "@/lib/db";
import { publish } from "@/lib/events/publish";
import { recordActivity } from "@/lib/activity/record";
import { applyStatus } from "@/lib/outbound/applyStatus";
import { preview } from "@/lib/outbound/sendWithIdempotency";
import { sendJobs } from "@/lib/queue/queue";
import { describeMessage } from "@/lib/whatsapp/describe";
import type { Address, InboundMessage, Update } from "@/lib/whatsapp/envelope";
import {
  countDuplicate,
  createContact,
  createConversation,
  findMarks,
  findMessage,
  findParties,
  handToPerson,
  insertMessage,
  keptBy,
  lockChannel,
  markMessage,
  takeAddress,
  touchConversation,
  type FoundParty,
  type Holding,
  type Party,
} from "./queries";

interface Run {
  tx: Tx;
  holding: Holding;
  /** the delivery of the update in hand */
  rawEventId: string;
  /** who was found at the start, or made since, by address */
  parties: Map<string, FoundParty>;
  /** conversations that changed, and whether a turn is due there */
  touched: Map<string, { turnDue: boolean }>;
  /** wamids kept by this run: one that stands twice in a POST is a duplicate too */
  kept: Set<string>;
}

// These speak of something else: they open no window to answer in, and leave nothing unread.
const ASIDES: ReadonlySet<string> = new Set(["reaction", "edit", "revoke", "system"]);
// Clocks differ, and a missing time is replaced by the time of receipt: what marks a message may seem older than it.
const CLOCKS_DIFFER_MS = 3_600_000;

/** An update and the delivery that brought it. */
export interface Delivered {
  rawEventId: string;
  update: Update;
}

/** Applies the updates of one channel, in their order, inside the caller's transaction; turns are enqueued with it. */
export async function applyUpdates(tx: Tx, holding: Holding, updates: Delivered[]): Promise<void> {
  const run: Run = { tx, holding, rawEventId: "", parties: new Map(), touched: new Map(), kept: new Set() };
  await lockChannel(tx, holding.channelId);
  await findSenders(run, updates);
  for (const { rawEventId, update } of updates) {
    run.rawEventId = rawEventId;
    await apply(run, update);
  }
  // Jobs come last: whoever adds a conversation's job holds the conversation's row first, so two never wait in a ring.
  const { businessId } = holding;
  const due = [...run.touched].filter(([, { turnDue }]) => turnDue).map(([conversationId]) => conversationId);
  await sendJobs(
    tx,
    "turn",
    due.map((conversationId) => ({ data: { businessId, conversationId }, singletonKey: conversationId })),
  );
  const changed = [...run.touched.keys()].map((conversationId) => ({ conversationId }));
  if (changed.length > 0) await publish(tx, businessId, "conversation.changed", ...changed);
}

/** Looks up at once whom the updates come from; nobody else changes that while the channel is locked. */
async function findSenders({ tx, holding, parties }: Run, updates: Delivered[]): Promise<void> {
  const senders = updates.map(({ update }) => (update.kind === "message" ? update.message.from : null));
  const addresses = new Map(senders.filter((from) => from !== null).map((from) => [keyOf(from), from]));
  if (addresses.size === 0) return;
  const found = await findParties(tx, holding.businessId, holding.channelId, [...addresses.values()]);
  [...addresses.keys()].forEach((key, at) => found[at] && parties.set(key, found[at]));
}

function keyOf({ phone, userId }: Address): string {
  return JSON.stringify([phone, userId]);
}

async function apply(run: Run, update: Update): Promise<void> {
  switch (update.kind) {
    case "message":
      return applyMessage(run, update.message);
    case "echo":
      return applyEcho(run, update.message, update.to);
    case "status": {
      const conversationId = await applyStatus(run.tx, run.holding, update.status);
      if (conversationId) touch(run, conversationId, false);
      return;
    }
    case "addressChange":
      return moveAddress(run, update.from, update.to, update.at);
    case "notice":
      return raiseAlert(run.tx, run.holding.businessId, {
        kind: "provider_notice",
        subject: update.field,
        message: update.title,
      });
  }
}

async function applyMessage(run: Run, message: InboundMessage): Promise<void> {
  const { tx } = run;
  const conversationId = await keep(run, "INBOUND", message, message.from, message.name);
  if (!conversationId) return;
  const { text } = describeMessage(message.type, message.text, message.content);
  await touchConversation(tx, conversationId, message.sentAt, preview(text), !ASIDES.has(message.type));
  if (message.targetWamid) await settleMarks(run, conversationId, message.targetWamid, new Date(0));
  if (message.newAddress) await moveAddress(run, message.from, message.newAddress, message.sentAt);
  touch(run, conversationId, true);
}

async function applyEcho(run: Run, message: InboundMessage, to: Address): Promise<void> {
  const { tx, holding } = run;
  const conversationId = await keep(run, "ECHO", message, to, null);
  if (!conversationId) return;
  const { text } = describeMessage(message.type, message.text, message.content);
  await touchConversation(tx, conversationId, message.sentAt, preview(text), false);
  if (await handToPerson(tx, conversationId, message.sentAt)) {
    await recordActivity(
      tx,
      { businessId: holding.businessId, actor: { kind: "system" }, requestId: run.rawEventId },
      {
        action: "conversation.takenOver",
        entity: "conversation",
        entityId: conversationId,
        after: { by: "echo", wamid: message.wamid },
      },
    );
  }
  touch(run, conversationId, false);
}

/** Keeps a message in the conversation with a person. Returns the conversation, or null: the message was there. */
async function keep(
  run: Run,
  direction: "INBOUND" | "ECHO",
  message: InboundMessage,
  person: Address,
  name: string | null,
): Promise<string | null> {
  const { tx, rawEventId } = run;
  const { businessId, channelId } = run.holding;
  const { wamid, sentAt } = message;
  const party = await partyOf(run, person, name, message);
  const row = party && { businessId, conversationId: party.conversationId, channelId, direction, rawEventId, message };
  if (row && (await insertMessage(tx, row))) {
    run.kept.add(wamid);
    // What was said of it may have come first.
    await settleMarks(run, row.conversationId, wamid, new Date(sentAt.getTime() - CLOCKS_DIFFER_MS));
    return row.conversationId;
  }
  // Routing the same delivery again, after a crash, is no further delivery.
  if (run.kept.has(wamid) || !(await keptBy(tx, channelId, wamid, rawEventId)))
    await countDuplicate(tx, channelId, wamid, rawEventId);
  return null;
}

/** Brings a message up to date with what is said of it in a conversation, whichever came first. */
async function settleMarks(
  { tx, holding }: Run,
  conversationId: string,
  wamid: string,
  saidSince: Date,
): Promise<void> {
  const marks = await findMarks(tx, holding.businessId, conversationId, wamid, saidSince);
  if (marks.length === 0) return;
  const reaction = marks.findLast(({ type }) => type === "reaction");
  const edits = marks.filter(({ type }) => type === "edit");
  const text = edits.findLast((edit) => edit.text !== null)?.text;
  const [revoke] = marks.filter(({ type }) => type === "revoke");
  await markMessage(tx, holding.channelId, wamid, {
    ...(reaction && { reaction: reaction.emoji || null }),
    ...(edits.length > 0 && { editedAt: edits.at(-1)?.sentAt }),
    ...(text && { text }),
    ...(revoke && { revokedAt: revoke.sentAt }),
  });
}

/**
 * The contact and conversation of an address; both exist from the first message, and follow a person to a new address.
 * Null: nobody is known there, and the message was kept before; its sender has moved on since.
 */
async function partyOf(
  run: Run,
  address: Address,
  name: string | null,
  { wamid, sentAt: at }: InboundMessage,
): Promise<Party | null> {
  const { tx, parties } = run;
  const { businessId, channelId } = run.holding;
  const known = parties.get(keyOf(address));
  const found = known ?? (await findParties(tx, businessId, channelId, [address]))[0];
  if (!found && (await findMessage(tx, businessId, channelId, wamid))) return null;
  const contactId = found?.contactId ?? (await createContact(tx, businessId, name));
  const has = { phone: found?.phone ?? null, userId: found?.userId ?? null };
  const changes = addressChanges(has, address);
  for (const change of changes) await takeAddress(tx, businessId, contactId, { ...change, at, replaces: false });
  // Others in hand may have been found under the address that ended.
  if (found && changes.length > 0) parties.clear();
  const conversationId = found?.conversationId ?? (await createConversation(tx, businessId, channelId, contactId));
  const { phone, userId } = { phone: address.phone ?? has.phone, userId: address.userId ?? has.userId };
  // Two messages that name nobody are not from the same person.
  if (phone || userId) parties.set(keyOf(address), { contactId, conversationId, phone, userId });
  return { contactId, conversationId };
}

/** What a contact's addresses lack of those told; a kind that was not told stays. */
function addressChanges(has: Address, told: Address) {
  return [
    { kind: "PHONE" as const, value: told.phone, had: has.phone },
    { kind: "BSUID" as const, value: told.userId, had: has.userId },
  ].flatMap(({ value, ...change }) => (value !== null && value !== change.had ? [{ ...change, value }] : []));
}

/** The same person under a new address: the old one ends, the new one begins, unless another contact has it. */
async function moveAddress({ tx, holding, parties }: Run, from: Address, to: Address, at: Date): Promise<void> {
  const { businessId, channelId } = holding;
  const [found] = await findParties(tx, businessId, channelId, [from]);
  if (!found) return;
  parties.clear();
  for (const change of addressChanges(found, to)) {
    const replaces = change.had !== null && change.had === (change.kind === "PHONE" ? from.phone : from.userId);
    if ((await takeAddress(tx, businessId, found.contactId, { ...change, at, replaces })) === "taken")
      await raiseAlert(tx, businessId, {
        kind: "provider_notice",
        subject: found.contactId,
        message:
          "A customer moved to a number that another contact has. Both are kept: answer in the conversation that wrote last.",
      });
  }
}

function touch(run: Run, conversationId: string, turnDue: boolean): void {
  run.touched.set(conversationId, { turnDue: turnDue || (run.touched.get(conversationId)?.turnDue ?? false) });
}
