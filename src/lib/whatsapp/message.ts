import { type JsonValue, cleanText } from "./json";
import { MessageShape, type ValueShape } from "./shape";

/** Where a person is reached: the phone in digits, Meta's business-scoped user id, or both. Neither: it cannot be answered. */
export interface Address {
  phone: string | null;
  userId: string | null;
}

export interface InboundMessage {
  wamid: string;
  from: Address;
  name: string | null;
  /** Meta's type as it came */
  type: string;
  /** what a person said or pressed, if anything */
  text: string | null;
  /** the provider's clock; the time of receipt where that is missing or absurd */
  sentAt: Date;
  /** the whole message object, safe for jsonb */
  content: JsonValue;
  replyToWamid: string | null;
  /** the message that a reaction, an edit or a deletion is about */
  targetWamid: string | null;
  /** the emoji; "" is a reaction taken back; null is no reaction */
  reaction: string | null;
  /** the same contact's new address, told by a system message; a half that is null was not told */
  newAddress: Address | null;
}

export interface Reading {
  receivedAt: Date;
  /** takes a plain sentence on what was not understood */
  problem: (line: string) => void;
}

// these become keys of unique indexes, whose rows PostgreSQL limits to some 2,700 bytes
const LONGEST_ID = 512;

/** One message of `messages` or `message_echoes`, already cleaned; null, with a problem told, where it has no usable id. */
export function readMessage(content: JsonValue, senders: Senders, reading: Reading): InboundMessage | null {
  const shape = MessageShape.safeParse(content);
  const wamid = usableId(shape.data?.id);
  if (!shape.success || !wamid) {
    reading.problem(shape.success ? "A message has no usable id." : "A message is not an object.");
    return null;
  }
  const message = shape.data;
  const sender = senders(message.from, message.from_user_id);
  return {
    wamid,
    from: sender.address,
    name: sender.name,
    type: cleanText(message.type || "unknown", 100),
    text: spokenText(message),
    sentAt: readTime(message.timestamp, `Message ${wamid}`, reading),
    content,
    replyToWamid: usableId(message.context?.id),
    targetWamid: targetOf(message),
    reaction: message.type === "reaction" && message.reaction ? (message.reaction.emoji ?? "") : null,
    newAddress: newAddressOf(message),
  };
}

/** An id that fits an index, or null. */
export function usableId(id: string | undefined): string | null {
  return id && id.length <= LONGEST_ID ? id : null;
}

/** A phone in digits and a BSUID, each null where it is absent or not one. */
export function addressOf(phone: string | undefined, userId: string | undefined): Address {
  const written = phone !== undefined && /^\+?[\d\s().-]{3,40}$/.test(phone);
  const digits = written ? phone.replace(/\D/g, "") : "";
  return { phone: digits.length >= 3 && digits.length <= 20 ? digits : null, userId: usableId(userId) };
}

const EARLIEST = Date.UTC(2009, 0, 1);
const AHEAD_MS = 5 * 60_000;

/** The provider's timestamp (Unix seconds), or the time of receipt, with a problem told, where it is missing or absurd. */
export function readTime(seconds: string | number | undefined, whose: string, reading: Reading): Date {
  const written = typeof seconds === "string" && /^\d{1,12}$/.test(seconds) ? Number(seconds) : seconds;
  const at = typeof written === "number" ? written * 1000 : NaN;
  if (at >= EARLIEST && at <= reading.receivedAt.getTime() + AHEAD_MS) return new Date(at);
  reading.problem(`${whose} has a missing or absurd time; the time of receipt stands in.`);
  return new Date(reading.receivedAt);
}

export type Senders = (
  phone: string | undefined,
  userId: string | undefined,
) => { address: Address; name: string | null };

/** Finds who sent a message among the `contacts` beside it; `alone` says that all messages there come from one person. */
export function sendersOf(contacts: ValueShape["contacts"], alone: boolean): Senders {
  const known = new Map(
    contacts.flatMap((contact) =>
      [contact.wa_id, contact.user_id].flatMap((key) => (key ? [[key, contact] as const] : [])),
    ),
  );
  // a phone number and a wa_id may differ for one person, so a single contact is taken without a match
  const only = alone && contacts.length === 1 ? contacts[0] : undefined;
  return (phone, userId) => {
    const contact = known.get(userId ?? "") ?? known.get(phone ?? "") ?? only;
    const name = contact?.profile?.name?.trim();
    return {
      address: addressOf(phone || contact?.wa_id, userId || contact?.user_id),
      name: name ? cleanText(name, 256) : null,
    };
  };
}

function spokenText(message: MessageShape): string | null {
  const { type, interactive } = message;
  const reply = interactive?.button_reply ?? interactive?.list_reply;
  const form = interactive?.nfm_reply;
  const said: Record<string, string | undefined> = {
    text: message.text?.body,
    image: message.image?.caption,
    video: message.video?.caption,
    document: message.document?.caption,
    audio: message.audio?.caption,
    interactive: reply?.title ?? (form && (formSummary(form.response_json) || form.body)),
    button: message.button?.text ?? message.button?.payload,
    order: message.order?.text,
  };
  if (type === "edit") {
    const edited = MessageShape.omit({ edit: true }).safeParse(message.edit?.message);
    return edited.success ? spokenText({ type: "text", ...edited.data, edit: undefined }) : null;
  }
  return (type && Object.hasOwn(said, type) && said[type]) || null;
}

/** "name: Jane, day: Friday" out of what a form sends, as JSON text or as an object. */
function formSummary(response: unknown): string {
  let fields = response;
  try {
    if (typeof response === "string") fields = JSON.parse(response);
  } catch {
    return "";
  }
  if (typeof fields !== "object" || fields === null) return "";
  const told = Object.entries(fields).filter(
    ([name, value]) => name !== "flow_token" && ["string", "number", "boolean"].includes(typeof value),
  );
  // JSON inside JSON is decoded only here, so its strings are cleaned here too
  return cleanText(told.map(([name, value]) => `${name}: ${String(value)}`).join(", "));
}

function targetOf({ type, reaction, edit, revoke }: MessageShape): string | null {
  if (type === "reaction") return usableId(reaction?.message_id);
  if (type === "edit") return usableId(edit?.original_message_id ?? edit?.message_id);
  if (type === "revoke") return usableId(revoke?.original_message_id ?? revoke?.message_id);
  return null;
}

function newAddressOf({ type, system }: MessageShape): Address | null {
  if (type !== "system" || !system?.type?.startsWith("user_changed_")) return null;
  const address = addressOf(system.new_wa_id ?? system.wa_id, system.user_id);
  return address.phone || address.userId ? address : null;
}
