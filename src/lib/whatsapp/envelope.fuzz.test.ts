import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { parseEnvelope } from "./envelope";
import { runs } from "../../../tests/fixtures/long";

const NOW = new Date("2026-03-01T12:00:00Z");
const read = (body: unknown) => parseEnvelope(Buffer.from(JSON.stringify(body)), NOW);
const body = (...changes: unknown[]) => ({ entry: [{ changes }] });
const change = (value: object, field = "messages") => ({
  field,
  value: { metadata: { phone_number_id: "1065" }, ...value },
});

describe("whatever the bytes", () => {
  const anyMessage = fc
    .record({
      from: fc.jsonValue(),
      type: fc.string(),
      timestamp: fc.jsonValue(),
      text: fc.jsonValue(),
      edit: fc.jsonValue(),
    })
    .map((parts) => ({ id: "wamid.1", ...parts }));

  it("does not throw on random bytes", () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 500 }), (bytes) => void parseEnvelope(Buffer.from(bytes), NOW)),
      { numRuns: runs(100, 20_000) },
    );
  });

  it("does not throw on random JSON in any place", () => {
    const json = fc.jsonValue({ noUnicodeString: false });
    const field = fc.constantFrom("messages", "smb_message_echoes", "user_id_update", "account_update", "__proto__");
    const lists = fc.record({
      messages: json,
      statuses: json,
      message_echoes: json,
      user_id_update: json,
      contacts: json,
    });
    fc.assert(
      fc.property(json, field, lists, fc.array(json), (any, name, value, items) => {
        const single = { messages: items, statuses: items, message_echoes: items, user_id_update: items, errors: any };
        for (const each of [any, { entry: any }, body(any), body(change(value, name)), body(change(single, name))]) {
          const { updates, problems } = read(each);
          expect(Array.isArray(updates) && problems.every((line) => line.isWellFormed())).toBe(true);
        }
      }),
      { numRuns: runs(100, 5_000) },
    );
  });

  it("gives strings that PostgreSQL stores", () => {
    const nasty = fc.string({ unit: fc.constantFrom("a", "\0", "\ud800", "\udc00", "\\", '"', "\u{1f600}") });
    fc.assert(
      fc.property(anyMessage, nasty, fc.dictionary(nasty, nasty), (parts, words, extra) => {
        const given = { ...parts, ...extra, id: `w${words}`, type: `text${words}`, text: { body: words } };
        const { updates } = read(body(change({ messages: [given], contacts: [{ profile: { name: words } }] })));
        expect(updates).toMatchObject([{ kind: "message" }]);
        const stored = JSON.stringify(updates);
        expect(stored).not.toMatch(/\\u0000|\\ud[89a-f]/i);
        expect(stored.isWellFormed()).toBe(true);
      }),
      { numRuns: runs(100, 5_000) },
    );
  });
});
