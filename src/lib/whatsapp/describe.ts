import { cleanText } from "./json";
import { MessageShape } from "./shape";
import { errorTitle } from "./status";

/** The types of message that get a reply; the others are kept and shown. */
export const REPLIED_TO: ReadonlySet<string> = new Set([
  "text",
  "audio",
  "image",
  "video",
  "document",
  "location",
  "contacts",
  "interactive",
  "button",
  "order",
  "sticker",
]);

interface Description {
  text: string;
  /** false where the message holds nothing that can be shown */
  supported: boolean;
}

/** What a conversation shows for a message, in plain words. Takes any content, also none; never throws. */
export function describeMessage(type: string, text: string | null, content: unknown): Description {
  const message = MessageShape.safeParse(content).data ?? MessageShape.parse({});
  const words = Object.hasOwn(DESCRIBERS, type) ? DESCRIBERS[type]?.(message, text) : text;
  if (words) return { text: words, supported: true };
  const known = type === "unsupported" ? message.unsupported?.type : type;
  const error = message.errors[0];
  const why = error ? `: ${errorTitle(error)}` : "";
  return { text: `Unsupported message${known ? ` (${cleanText(known, 100)})` : ""}${why}`, supported: false };
}

/** Null or empty: there is nothing to show. */
type Describer = (message: MessageShape, text: string | null) => string | null | undefined;

const DESCRIBERS: Record<string, Describer> = {
  text: (_, text) => text,
  button: (_, text) => text,
  interactive: ({ interactive }, text) => text ?? (interactive?.nfm_reply && "Filled in a form"),
  image: ({ image }, text) => image && withNote("Photo", text),
  video: ({ video }, text) => video && withNote("Video", text),
  audio: ({ audio }, text) =>
    audio && withNote(`${audio.voice ? "Voice message" : "Audio"}${lengthOf(audio.duration)}`, text),
  document: ({ document }, text) =>
    document &&
    (document.filename ? withNote("Document", document.filename) + inBrackets(text) : withNote("Document", text)),
  sticker: ({ sticker }) => sticker && "Sticker",
  location: ({ location }) => location && describeLocation(location),
  contacts: ({ contacts }) => describeContacts(contacts),
  reaction: ({ reaction }) => reaction && (reaction.emoji ? `Reacted with ${reaction.emoji}` : "Removed a reaction"),
  order: ({ order }, text) => {
    if (!order) return text;
    const count = order.product_items.length;
    return withNote(`Order of ${count} ${count === 1 ? "item" : "items"}`, text);
  },
  system: ({ system }) => system && (system.body || "System message"),
  edit: (_, text) => withNote("Edited", text),
  revoke: () => "This message was deleted",
  request_welcome: () => "Opened the chat",
  unsupported: () => null,
};

function withNote(what: string, note: string | null): string {
  return note ? `${what}: ${note}` : what;
}

function inBrackets(note: string | null | undefined): string {
  return note ? ` (${note})` : "";
}

function lengthOf(seconds: number | undefined): string {
  if (seconds === undefined || seconds < 0) return "";
  const whole = Math.round(seconds);
  return ` (${Math.floor(whole / 60)}:${String(whole % 60).padStart(2, "0")})`;
}

function describeLocation(place: NonNullable<MessageShape["location"]>): string | null {
  const { latitude, longitude, name, address } = place;
  const label = name || address;
  if (latitude === undefined || longitude === undefined) return label ? `Location: ${label}` : null;
  return `Location: ${latitude}, ${longitude}${inBrackets(label)}`;
}

function describeContacts(contacts: MessageShape["contacts"]): string | null {
  if (contacts.length === 0) return null;
  const names = contacts.map(({ name }) => name?.formatted_name || name?.first_name || "no name");
  return `${contacts.length === 1 ? "Contact" : "Contacts"}: ${names.join(", ")}`;
}
