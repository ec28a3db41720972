import { validate as isUuid } from "uuid";
import type { Tx } from "@/lib/db";
import type { Update } from "@/lib/whatsapp/envelope";
import { findSends, holdingsOf, type Holding, type KnownSend } from "./queries";

type StatusOf = Extract<Update, { kind: "status" }>;

/** Whose an update is; null for nobody's. */
type HolderOf = (update: Update, receivedAt: Date) => Holding | null;

/**
 * Loads who may own some updates. A message belongs to the business that held its number when it was sent. A status
 * belongs to whoever sent what it speaks of, however often the number changed hands since.
 */
export async function loadHolders(tx: Tx, updates: Update[]): Promise<HolderOf> {
  const numbers = [...new Set(updates.map(({ phoneNumberId }) => phoneNumberId).filter((id) => id !== null))];
  const holdings = Map.groupBy(numbers.length > 0 ? await holdingsOf(tx, numbers) : [], (held) => held.phoneNumberId);
  const of = (number: string | null) => (number !== null && holdings.get(number)) || [];
  // Most numbers never change hands, and then nothing need be looked up.
  const statuses = updates.filter((update) => update.kind === "status");
  const contested = statuses.filter(({ phoneNumberId }) => channelsOf(of(phoneNumberId)).length > 1);
  const sends = contested.length > 0 ? await loadSends(tx, contested, of) : [];
  return (update, receivedAt) =>
    (update.kind === "status" && senderOf(update, of(update.phoneNumberId), sends)) ||
    holderAt(of(update.phoneNumberId), timeOf(update) ?? receivedAt);
}

async function loadSends(tx: Tx, statuses: StatusOf[], of: (number: string) => Holding[]): Promise<KnownSend[]> {
  const channels = statuses.flatMap(({ phoneNumberId }) => of(phoneNumberId));
  const opaqueIds = statuses.map(({ status }) => status.opaqueId?.toLowerCase()).filter((id) => id !== undefined);
  return findSends(
    tx,
    channels,
    opaqueIds.filter((id) => isUuid(id)),
    statuses.map(({ status }) => status.wamid),
  );
}

/** The newest holder that has the row that a status speaks of: by our own id, else by the provider's. */
function senderOf({ status }: StatusOf, holdings: Holding[], sends: KnownSend[]): Holding | null {
  const opaqueId = status.opaqueId?.toLowerCase();
  const [only] = holdings;
  if (only && channelsOf(holdings).length === 1) return only;
  const having = (is: (send: KnownSend) => boolean) =>
    holdings.find(({ channelId }) => sends.some((send) => send.channelId === channelId && is(send)));
  return having(({ id }) => id === opaqueId) ?? having(({ wamid }) => wamid === status.wamid) ?? null;
}

function channelsOf(holdings: Holding[]): string[] {
  return [...new Set(holdings.map(({ channelId }) => channelId))];
}

/** The newest holding at a time. The provider tells whole seconds, so whole seconds are compared. */
function holderAt(holdings: Holding[], at: Date): Holding | null {
  const second = secondOf(at);
  return (
    holdings.find(
      ({ heldFrom, heldUntil }) => secondOf(heldFrom) <= second && (!heldUntil || second < secondOf(heldUntil)),
    ) ?? null
  );
}

function secondOf(at: Date): number {
  return Math.floor(at.getTime() / 1000);
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
