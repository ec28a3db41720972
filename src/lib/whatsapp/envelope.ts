import { z } from "zod";
import { type JsonValue, cleanJson, cleanText } from "./json";
import {
  type Address,
  type InboundMessage,
  type Reading,
  addressOf,
  readMessage,
  readTime,
  sendersOf,
  usableId,
} from "./message";
import { AddressChangeShape, MessageShape, ValueShape } from "./shape";
import { type StatusUpdate, errorTitle, readStatus } from "./status";

export type { Address, InboundMessage, StatusUpdate };

export type Update =
  | { kind: "message"; phoneNumberId: string; message: InboundMessage }
  | { kind: "echo"; phoneNumberId: string; message: InboundMessage; to: Address }
  | { kind: "status"; phoneNumberId: string; status: StatusUpdate }
  | { kind: "addressChange"; phoneNumberId: string; from: Address; to: Address; at: Date }
  | { kind: "notice"; phoneNumberId: string | null; field: string; title: string };

export interface Envelope {
  updates: Update[];
  /** plain sentences on what was not understood; at most 100, the last then says how many more */
  problems: string[];
}

/** Reads the body of a webhook, whatever its bytes: never throws, and one bad update never costs the others. */
export function parseEnvelope(rawBody: Buffer, receivedAt: Date): Envelope {
  const problems: string[] = [];
  const body: Body = { receivedAt, updates: [], problem: (line) => void problems.push(cleanText(line, 700)) };
  let parsed: unknown;
  try {
    parsed = JSON.parse(new TextDecoder().decode(rawBody));
  } catch {
    return { updates: [], problems: ["The body is not JSON."] };
  }
  const { value, cut } = cleanJson(parsed);
  if (cut) body.problem("Something is nested too deep and was left out.");
  const entries = z.object({ entry: z.array(z.unknown()) }).safeParse(value);
  if (!entries.success) body.problem("The body has no list of entries.");
  for (const entry of entries.data?.entry ?? []) {
    const changes = z.object({ changes: z.array(z.unknown()) }).safeParse(entry);
    if (!changes.success) body.problem("An entry has no list of changes.");
    for (const change of changes.data?.changes ?? []) readChange(change, body);
  }
  const more = problems.length - MOST_PROBLEMS;
  if (more > 0) problems.splice(MOST_PROBLEMS, more, `${more} more things could not be understood.`);
  return { updates: body.updates, problems };
}

const MOST_PROBLEMS = 99;

interface Body extends Reading {
  updates: Update[];
}

const Change = z.object({ field: z.string().min(1), value: ValueShape });

/** A reader says whether the change held the list that its field promises. */
const READERS = new Map<string, (value: ValueShape, phoneNumberId: string, body: Body) => boolean>([
  ["messages", readMessages],
  ["smb_message_echoes", readEchoes],
  ["user_id_update", readAddressChanges],
]);

function readChange(raw: unknown, body: Body): void {
  const change = Change.safeParse(raw);
  if (!change.success) return body.problem("A change has no field or no value.");
  const { field, value } = change.data;
  const phoneNumberId = usableId(value.metadata?.phone_number_id);
  const notice = (title: string) =>
    body.updates.push({ kind: "notice", phoneNumberId, field: cleanText(field, 100), title: cleanText(title, 300) });
  for (const error of value.errors) notice(errorTitle(error));
  const read = READERS.get(field);
  const told = value.errors.length > 0;
  if (!read) {
    if (!told) notice(noticeTitle(field, value));
  } else if (!phoneNumberId) {
    if (!told) body.problem(`A change of the field ${field} names no phone number.`);
  } else if (!read(value, phoneNumberId, body) && !told) {
    body.problem(`A change of the field ${field} holds nothing that is known.`);
  }
}

function noticeTitle(field: string, { event, message_template_name, reason }: ValueShape): string {
  const because = reason && reason !== "NONE" ? ` (${reason})` : "";
  if (field === "message_template_status_update")
    return `Template ${message_template_name ?? "without a name"}: ${event ?? "status changed"}${because}`;
  if (field === "account_update") return `Account update: ${event ?? "no event named"}`;
  return `Update of a kind that is not handled: ${field}${event ? ` (${event})` : ""}`;
}

function readMessages(value: ValueShape, phoneNumberId: string, body: Body): boolean {
  const messages = listOf(value.messages, "messages", body);
  const senders = sendersOf(value.contacts, fromOnePerson(messages));
  for (const raw of messages) {
    const message = readMessage(raw, senders, body);
    if (!message) continue;
    if (isNowhere(message.from)) body.problem(`Message ${message.wamid} does not say who sent it.`);
    body.updates.push({ kind: "message", phoneNumberId, message });
  }
  for (const raw of listOf(value.statuses, "statuses", body)) {
    const status = readStatus(raw, body);
    if (status) body.updates.push({ kind: "status", phoneNumberId, status });
  }
  return value.messages !== undefined || value.statuses !== undefined;
}

function readEchoes(value: ValueShape, phoneNumberId: string, body: Body): boolean {
  const business = sendersOf([], false);
  const customers = sendersOf(value.contacts, false);
  for (const raw of listOf(value.message_echoes, "echoes", body)) {
    const message = readMessage(raw, business, body);
    if (!message) continue;
    const target = MessageShape.safeParse(raw).data;
    const to = customers(target?.to, target?.to_user_id).address;
    if (isNowhere(to)) body.problem(`Echo ${message.wamid} does not say whom it went to.`);
    body.updates.push({ kind: "echo", phoneNumberId, message, to });
  }
  return value.message_echoes !== undefined;
}

function readAddressChanges(value: ValueShape, phoneNumberId: string, body: Body): boolean {
  for (const raw of listOf(value.user_id_update, "user id updates", body)) {
    const { wa_id, user_id, previous_user_id, timestamp } = AddressChangeShape.safeParse(raw).data ?? {};
    const from = addressOf(wa_id, user_id?.previous ?? previous_user_id);
    const to = addressOf(wa_id, user_id?.current);
    if (isNowhere(from) || !to.userId) {
      body.problem("A user id update does not name both the old address and the new.");
      continue;
    }
    const at = readTime(timestamp, "A user id update", body);
    body.updates.push({ kind: "addressChange", phoneNumberId, from, to, at });
  }
  return value.user_id_update !== undefined;
}

/** The list under a name; a present thing that is no list is a problem. */
function listOf(value: unknown, name: string, body: Body): JsonValue[] {
  if (Array.isArray(value)) return value as JsonValue[];
  if (value !== undefined) body.problem(`The ${name} of a change are not a list.`);
  return [];
}

const Sender = MessageShape.pick({ from: true, from_user_id: true });

function fromOnePerson(messages: JsonValue[]): boolean {
  const senders = messages.map((message) => {
    const { from, from_user_id } = Sender.safeParse(message).data ?? {};
    return from_user_id ?? from;
  });
  return new Set(senders).size === 1;
}

function isNowhere(address: Address): boolean {
  return address.phone === null && address.userId === null;
}
