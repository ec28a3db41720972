import { describe, expect, it } from "vitest";
import { type Update, parseEnvelope } from "./envelope";

const NOW = new Date("2026-03-01T12:00:00Z");
const STAMP = String(NOW.getTime() / 1000 - 60);
const PHONE = "16505551234";

const read = (body: unknown) => parseEnvelope(Buffer.from(JSON.stringify(body)), NOW);
const change = (value: object, field: unknown = "messages") => ({
  field,
  value: { metadata: { phone_number_id: "1065" }, ...value },
});
const body = (...changes: unknown[]) => ({ object: "whatsapp_business_account", entry: [{ id: "1", changes }] });
const text = (over: object = {}) => ({
  id: "wamid.1",
  from: PHONE,
  timestamp: STAMP,
  type: "text",
  text: { body: "Hello" },
  ...over,
});
const status = (over: object = {}) => ({
  id: "wamid.9",
  status: "sent",
  timestamp: STAMP,
  recipient_id: PHONE,
  ...over,
});

function only<K extends Update["kind"]>(updates: Update[], kind: K) {
  expect(updates.map((update) => update.kind)).toEqual([kind]);
  return updates[0] as Extract<Update, { kind: K }>;
}
function message(over: object, beside: object = {}) {
  const { updates, problems } = read(body(change({ messages: [text(over)], ...beside })));
  return { ...only(updates, "message").message, problems };
}

describe("a body that is not understood", () => {
  it.each([
    ["nothing", ""],
    ["half a body", '{"entry":['],
    ["a NUL byte", "\0"],
    ["a number", "7"],
    ["null", "null"],
    ["a list", "[]"],
    ["entries that are no list", '{"entry":{}}'],
    ["an entry that is no object", '{"entry":[7]}'],
    ["changes that are no list", '{"entry":[{"changes":7}]}'],
    ["a change that is no object", '{"entry":[{"changes":[null]}]}'],
    ["a change without a value", '{"entry":[{"changes":[{"field":"messages"}]}]}'],
    ["a million brackets", "[".repeat(1_000_000)],
    ["half a million lists in each other", "[".repeat(500_000) + "]".repeat(500_000)],
  ])("is told as a problem: %s", (_, bytes) => {
    const { updates, problems } = parseEnvelope(Buffer.from(bytes), NOW);
    expect(updates).toEqual([]);
    expect(problems).not.toEqual([]);
  });

  it.each([
    ["a message that is no object", { messages: [7] }],
    ["a message without an id", { messages: [text({ id: undefined })] }],
    ["a message whose id fits no index", { messages: [text({ id: "x".repeat(3000) })] }],
    ["messages that are no list", { messages: {} }],
    ["a status without an id", { statuses: [status({ id: 7 })] }],
    ["an unknown status", { statuses: [status({ status: "vanished" })] }],
    ["no phone number id", { metadata: {}, messages: [text()] }],
    ["nothing at all", {}],
  ])("is told as a problem: %s", (_, value) => {
    const { updates, problems } = read(body(change(value)));
    expect(updates).toEqual([]);
    expect(problems).toHaveLength(1);
  });

  it("costs nothing that stands beside it", () => {
    const messages = [null, text(), text({ id: "" }), text({ id: "wamid.2", text: 7 })];
    const statuses = [status({ status: "odd" }), status()];
    const { updates, problems } = read(body(null, change({ messages, statuses }), change({ messages: [text()] })));
    expect(updates.map((update) => update.kind)).toEqual(["message", "message", "status", "message"]);
    expect(problems).toHaveLength(4);
  });

  it("does not fill the memory with problems", () => {
    const { problems } = read(body(change({ messages: Array(5000).fill(null) })));
    expect(problems).toHaveLength(100);
    expect(problems.at(-1)).toBe("4901 more things could not be understood.");
  });
});

describe("a message", () => {
  it("is read whole, with the name of its sender", () => {
    const contacts = [
      { wa_id: "1", profile: { name: "Other" } },
      { wa_id: PHONE, profile: { name: " Jane " } },
    ];
    expect(message({ context: { id: "wamid.0" } }, { contacts })).toEqual({
      wamid: "wamid.1",
      from: { phone: PHONE, userId: null },
      name: "Jane",
      type: "text",
      text: "Hello",
      sentAt: new Date(Number(STAMP) * 1000),
      content: text({ context: { id: "wamid.0" } }),
      replyToWamid: "wamid.0",
      targetWamid: null,
      reaction: null,
      newAddress: null,
      problems: [],
    });
  });

  it("is kept without a sender, and that is a problem", () => {
    const { from, problems } = message({ from: undefined });
    expect(from).toEqual({ phone: null, userId: null });
    expect(problems).toEqual(["Message wamid.1 does not say who sent it."]);
  });

  it.each([
    ["its own user id", { from: undefined, from_user_id: "US.7" }, [], { phone: null, userId: "US.7" }],
    ["both of its own", { from_user_id: "US.7" }, [], { phone: PHONE, userId: "US.7" }],
    ["the one contact beside it", { from: undefined }, [{ user_id: "US.7" }], { phone: null, userId: "US.7" }],
    ["none of several contacts", { from: undefined }, [{ user_id: "US.7" }, {}], { phone: null, userId: null }],
    ["the contact of its phone", {}, [{ wa_id: PHONE, user_id: "US.7" }, {}], { phone: PHONE, userId: "US.7" }],
    [
      "the contact of its user id",
      { from: undefined, from_user_id: "US.7" },
      [{ wa_id: "4912345", user_id: "US.7" }, {}],
      { phone: "4912345", userId: "US.7" },
    ],
    ["a phone as people write it", { from: "+1 (650) 555-1234" }, [], { phone: PHONE, userId: null }],
    ["a phone as a number", { from: Number(PHONE) }, [], { phone: PHONE, userId: null }],
    ["no phone that is a user id", { from: "US.7" }, [], { phone: null, userId: null }],
  ])("takes its sender from %s", (_, over, contacts, expected) => {
    expect(message(over, { contacts }).from).toEqual(expected);
  });

  it("does not take another sender's contact", () => {
    const messages = [text({ from: undefined }), text({ id: "wamid.2" })];
    const { updates } = read(body(change({ messages, contacts: [{ wa_id: PHONE, profile: { name: "Jane" } }] })));
    expect(updates).toMatchObject([{ message: { from: { phone: null }, name: null } }, { message: { name: "Jane" } }]);
  });

  it.each([undefined, "", "soon", null, {}, -5, "1e9", "1230767999", NOW.getTime(), NOW.getTime() / 1000 + 301])(
    "arrives now when its time is %j",
    (timestamp) => {
      const { sentAt, problems } = message({ timestamp });
      expect(sentAt).toEqual(NOW);
      expect(problems).toEqual(["Message wamid.1 has a missing or absurd time; the time of receipt stands in."]);
    },
  );

  it("keeps the provider's time up to five minutes ahead, as text or number", () => {
    const ahead = NOW.getTime() / 1000 + 300;
    for (const timestamp of [ahead, String(ahead)]) {
      expect(message({ timestamp })).toMatchObject({ sentAt: new Date(ahead * 1000), problems: [] });
    }
  });

  it.each([
    ["text", { text: { body: "" } }, null],
    ["image", { image: { caption: "the leak" } }, "the leak"],
    ["document", { document: { caption: "plan" } }, "plan"],
    ["button", { button: { text: "Yes", payload: "y" } }, "Yes"],
    ["interactive", { interactive: { button_reply: { id: "c", title: "Cancel" } } }, "Cancel"],
    ["interactive", { interactive: { list_reply: { id: "p", title: "Express" } } }, "Express"],
    [
      "interactive",
      { interactive: { nfm_reply: { body: "Sent", response_json: '{"flow_token":"t","day":"Fri\\u0000","n":2}' } } },
      "day: Fri, n: 2",
    ],
    ["interactive", { interactive: { nfm_reply: { body: "Sent", response_json: "{" } } }, "Sent"],
    ["interactive", {}, null],
    ["interactive", { interactive: null }, null],
    ["order", { order: { text: "no onions", product_items: [] } }, "no onions"],
    [
      "edit",
      { edit: { original_message_id: "wamid.0", message: { type: "text", text: { body: "Friday" } } } },
      "Friday",
    ],
    ["edit", { edit: { message: { type: "edit", edit: { message: {} } } } }, null],
    ["location", { location: { latitude: 1, longitude: 2, name: "Bridge" } }, null],
    ["toString", {}, null],
  ])("of type %s with %j says %j", (type, over, expected) => {
    expect(message({ text: undefined, type, ...over })).toMatchObject({ type, text: expected, problems: [] });
  });

  it.each([
    ["reaction", { reaction: { message_id: "wamid.0", emoji: "+" } }, { targetWamid: "wamid.0", reaction: "+" }],
    ["reaction", { reaction: { message_id: "wamid.0" } }, { targetWamid: "wamid.0", reaction: "" }],
    ["edit", { edit: { original_message_id: "wamid.0" } }, { targetWamid: "wamid.0", reaction: null }],
    ["revoke", { revoke: { original_message_id: "wamid.0" } }, { targetWamid: "wamid.0", reaction: null }],
    [
      "system",
      { system: { type: "user_changed_number", wa_id: "12195555358" } },
      { newAddress: { phone: "12195555358", userId: null } },
    ],
    [
      "system",
      { system: { type: "user_changed_user_id", user_id: "US.8" } },
      { newAddress: { phone: null, userId: "US.8" } },
    ],
    ["system", { system: { type: "user_changed_number" } }, { newAddress: null }],
    ["system", { system: { type: "other", wa_id: "12195555358" } }, { newAddress: null }],
  ])("of type %s with %j is about another message or address", (type, over, expected) => {
    expect(message({ type, ...over })).toMatchObject(expected);
  });

  it("is stored without NUL, lone surrogates and things nested too deep", () => {
    const nested = "[".repeat(1000) + "]".repeat(1000);
    const raw = JSON.stringify(body(change({ messages: [text({ text: { body: "a\0b\ud83d" } })] })));
    const { updates, problems } = parseEnvelope(
      Buffer.from(raw.replace('"type"', `"__proto__":${nested},"type"`)),
      NOW,
    );
    const { text: said, content } = only(updates, "message").message;
    expect(said).toBe("ab\ufffd");
    expect(content).toMatchObject({ text: { body: "ab\ufffd" } });
    expect(Object.keys(content as object)).toContain("__proto__");
    expect(problems).toEqual(["Something is nested too deep and was left out."]);
  });

  it("may be huge, and one of a thousand", () => {
    const messages = Array.from({ length: 1000 }, (_, n) => text({ id: `wamid.${n}` }));
    const { updates, problems } = read(
      body(change({ messages: [...messages, text({ text: { body: "x".repeat(2e6) } })] })),
    );
    expect(updates).toHaveLength(1001);
    expect(problems).toEqual([]);
  });
});

describe("other updates", () => {
  it("reads a status with its opaque id and error", () => {
    const errors = [{ code: 131047, title: "Re-engagement message" }];
    const sent = status({ status: "failed", errors, biz_opaque_callback_data: "op1", recipient_user_id: "US.7" });
    const { updates, problems } = read(body(change({ statuses: [sent] })));
    expect(problems).toEqual([]);
    expect(only(updates, "status").status).toEqual({
      wamid: "wamid.9",
      status: "failed",
      at: new Date(Number(STAMP) * 1000),
      recipient: { phone: PHONE, userId: "US.7" },
      opaqueId: "op1",
      error: { code: 131047, title: "Re-engagement message" },
    });
  });

  it.each(["sent", "delivered", "read", "played", "failed"])("knows the status %s", (name) => {
    const { updates } = read(body(change({ statuses: [status({ status: name, errors: "none" })] })));
    expect(only(updates, "status").status).toMatchObject({ status: name, error: null, opaqueId: null });
  });

  it("reads what the owner wrote from the phone", () => {
    const echo = text({ from: "15550783881", to: PHONE });
    const contacts = [{ wa_id: PHONE, user_id: "US.7", profile: { name: "Jane" } }];
    const { updates, problems } = read(body(change({ message_echoes: [echo], contacts }, "smb_message_echoes")));
    expect(problems).toEqual([]);
    expect(only(updates, "echo")).toMatchObject({
      to: { phone: PHONE, userId: "US.7" },
      message: { from: { phone: "15550783881", userId: null }, name: null, text: "Hello" },
    });
  });

  it("keeps an echo to nobody, and that is a problem", () => {
    const { updates, problems } = read(body(change({ message_echoes: [text()] }, "smb_message_echoes")));
    only(updates, "echo");
    expect(problems).toEqual(["Echo wamid.1 does not say whom it went to."]);
  });

  it.each([
    { wa_id: PHONE, user_id: { previous: "US.7", current: "US.8" }, timestamp: STAMP },
    { wa_id: PHONE, previous_user_id: "US.7", user_id: "US.8", timestamp: STAMP },
  ])("reads a changed user id out of %j", (update) => {
    const { updates, problems } = read(body(change({ user_id_update: [update, {}] }, "user_id_update")));
    expect(problems).toEqual(["A user id update does not name both the old address and the new."]);
    expect(only(updates, "addressChange")).toEqual({
      kind: "addressChange",
      phoneNumberId: "1065",
      from: { phone: PHONE, userId: "US.7" },
      to: { phone: PHONE, userId: "US.8" },
      at: new Date(Number(STAMP) * 1000),
    });
  });

  it.each([
    [
      "message_template_status_update",
      { event: "REJECTED", message_template_name: "hi", reason: "SCAM" },
      "Template hi: REJECTED (SCAM)",
    ],
    ["message_template_status_update", {}, "Template without a name: status changed"],
    ["account_update", { event: "DISABLED_UPDATE" }, "Account update: DISABLED_UPDATE"],
    ["constructor", {}, "Update of a kind that is not handled: constructor"],
    ["messages", { errors: [{ code: 131000, title: "Something went wrong" }] }, "Something went wrong"],
  ])("keeps the field %s with %j as a notice", (field, value, title) => {
    const { updates, problems } = read(body({ field, value }));
    expect(problems).toEqual([]);
    expect(only(updates, "notice")).toEqual({ kind: "notice", phoneNumberId: null, field, title });
  });

  it("gives the messages beside an error too", () => {
    const { updates } = read(body(change({ errors: [{ code: 1 }], messages: [text()], statuses: [status()] })));
    expect(updates.map((update) => update.kind)).toEqual(["notice", "message", "status"]);
  });
});
