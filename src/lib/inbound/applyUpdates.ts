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
  addAddress,
  countDuplicate,
  createContact,
  createConversation,
  endAddresses,
  findParties,
  handToPerson,
  insertMessage,
  keptBy,
  lockChannel,
  markTarget,
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
  const { conversationId } = await partyOf(run, message.from, message.name);
  if (!(await keep(run, conversationId, "INBOUND", message))) return;
  const { text } = describeMessage(message.type, message.text, message.content);
  await touchConversation(tx, conversationId, message.sentAt, preview(text), true);
  await applyToTarget(run, message);
  if (message.newAddress) await moveAddress(run, message.from, message.newAddress, message.sentAt);
  touch(run, conversationId, true);
}

async function applyEcho(run: Run, message: InboundMessage, to: Address): Promise<void> {
  const { tx, holding } = run;
  const { conversationId } = await partyOf(run, to, null);
  if (!(await keep(run, conversationId, "ECHO", message))) return;
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

async function keep(
  run: Run,
  conversationId: string,
  direction: "INBOUND" | "ECHO",
  message: InboundMessage,
): Promise<boolean> {
  const { tx, rawEventId } = run;
  const { businessId, channelId } = run.holding;
  const { wamid } = message;
  if (await insertMessage(tx, { businessId, conversationId, channelId, direction, rawEventId, message })) {
    run.kept.add(wamid);
    return true;
  }
  // Routing the same delivery again, after a crash, is no further delivery.
  if (run.kept.has(wamid) || !(await keptBy(tx, channelId, wamid, rawEventId)))
    await countDuplicate(tx, channelId, wamid);
  return false;
}

async function applyToTarget(
  { tx, holding }: Run,
  { type, targetWamid, reaction, text, sentAt }: InboundMessage,
): Promise<void> {
  if (!targetWamid) return;
  if (reaction !== null) await markTarget(tx, holding.channelId, targetWamid, { reaction: reaction || null });
  else if (type === "revoke") await markTarget(tx, holding.channelId, targetWamid, { revokedAt: sentAt });
  else if (type === "edit")
    await markTarget(tx, holding.channelId, targetWamid, { editedAt: sentAt, ...(text !== null && { text }) });
}

/** The contact and conversation of an address; both exist from the first message. */
async function partyOf({ tx, holding, parties }: Run, address: Address, name: string | null): Promise<Party> {
  const { businessId, channelId } = holding;
  const known = parties.get(keyOf(address));
  const found = known ?? (await findParties(tx, businessId, channelId, [address]))[0];
  const contactId = found?.contactId ?? (await createContact(tx, businessId, name));
  if (address.phone && !found?.kinds.includes("PHONE"))
    await addAddress(tx, businessId, contactId, "PHONE", address.phone);
  if (address.userId && !found?.kinds.includes("BSUID"))
    await addAddress(tx, businessId, contactId, "BSUID", address.userId);
  const conversationId = found?.conversationId ?? (await createConversation(tx, businessId, channelId, contactId));
  const kinds = [...(found?.kinds ?? []), ...(address.phone ? ["PHONE"] : []), ...(address.userId ? ["BSUID"] : [])];
  // Two messages that name nobody are not from the same person.
  if (kinds.length > 0) parties.set(keyOf(address), { contactId, conversationId, kinds });
  return { contactId, conversationId };
}

/** The same person under a new address: the old one ends, the new one begins. */
async function moveAddress({ tx, holding, parties }: Run, from: Address, to: Address, at: Date): Promise<void> {
  const { businessId, channelId } = holding;
  const [found] = await findParties(tx, businessId, channelId, [from]);
  if (!found) return;
  parties.clear();
  for (const [kind, value] of [
    ["PHONE", to.phone],
    ["BSUID", to.userId],
  ] as const) {
    if (!value) continue;
    await endAddresses(tx, businessId, found.contactId, kind, at);
    await addAddress(tx, businessId, found.contactId, kind, value);
  }
}

function touch(run: Run, conversationId: string, turnDue: boolean): void {
  run.touched.set(conversationId, { turnDue: turnDue || (run.touched.get(conversationId)?.turnDue ?? false) });
}
