import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { REPLIED_TO, describeMessage } from "./describe";
import { runs } from "../../../tests/fixtures/long";

describe("describeMessage", () => {
  it.each([
    ["interactive", null, {}, "Unsupported message (interactive)"],
    ["interactive", null, { interactive: "broken" }, "Unsupported message (interactive)"],
    ["image", null, {}, "Unsupported message (image)"],
    ["text", null, null, "Unsupported message (text)"],
    ["contacts", null, { contacts: [] }, "Unsupported message (contacts)"],
    ["location", null, { location: {} }, "Unsupported message (location)"],
    ["hologram", null, { hologram: {} }, "Unsupported message (hologram)"],
    ["constructor", null, {}, "Unsupported message (constructor)"],
    ["unsupported", null, {}, "Unsupported message"],
    ["unsupported", null, { unsupported: { type: "poll" } }, "Unsupported message (poll)"],
    ["image", null, { errors: [{ code: 131052, title: "Media lost" }] }, "Unsupported message (image): Media lost"],
    ["unsupported", null, { errors: [{ code: 131051 }] }, "Unsupported message: Error 131051"],
  ])("says of %s with %j and %j that it cannot be shown", (type, text, content, expected) => {
    expect(describeMessage(type, text, content)).toEqual({ text: expected, supported: false });
  });

  it.each([
    ["text", "Hello", { text: { body: "Hello" } }, "Hello"],
    ["text", "Hello", { errors: [{ title: "Odd" }] }, "Hello"],
    ["button", "Yes", { button: { text: "Yes" } }, "Yes"],
    ["interactive", "Cancel", { interactive: {} }, "Cancel"],
    ["interactive", null, { interactive: { nfm_reply: {} } }, "Filled in a form"],
    ["image", "the leak", { image: {} }, "Photo: the leak"],
    ["image", null, { image: {} }, "Photo"],
    ["video", null, { video: {} }, "Video"],
    ["audio", null, { audio: { voice: true } }, "Voice message"],
    ["audio", null, { audio: { voice: true, duration: 12 } }, "Voice message (0:12)"],
    ["audio", null, { audio: { duration: 61.4 } }, "Audio (1:01)"],
    ["document", null, { document: { filename: "plan.pdf" } }, "Document: plan.pdf"],
    ["document", "the plan", { document: { filename: "plan.pdf" } }, "Document: plan.pdf (the plan)"],
    ["document", null, { document: {} }, "Document"],
    ["sticker", null, { sticker: {} }, "Sticker"],
    [
      "location",
      null,
      { location: { latitude: 51.5, longitude: -0.1, name: "Bridge" } },
      "Location: 51.5, -0.1 (Bridge)",
    ],
    ["location", null, { location: { latitude: 0, longitude: 0 } }, "Location: 0, 0"],
    ["location", null, { location: { address: "1 High Street" } }, "Location: 1 High Street"],
    ["contacts", null, { contacts: [{ name: { formatted_name: "Jane" } }] }, "Contact: Jane"],
    ["contacts", null, { contacts: [{ name: { first_name: "Jo" } }, {}] }, "Contacts: Jo, no name"],
    ["order", null, { order: { product_items: [{}, {}] } }, "Order of 2 items"],
    ["order", "soon", { order: { product_items: [{}] } }, "Order of 1 item: soon"],
    ["reaction", null, { reaction: { emoji: "+" } }, "Reacted with +"],
    ["reaction", null, { reaction: { emoji: "" } }, "Removed a reaction"],
    ["system", null, { system: { body: "Jane changed number" } }, "Jane changed number"],
    ["system", null, { system: {} }, "System message"],
    ["edit", "Friday", { edit: {} }, "Edited: Friday"],
    ["revoke", null, {}, "This message was deleted"],
    ["request_welcome", null, {}, "Opened the chat"],
  ])("shows %s with %j and %j", (type, text, content, expected) => {
    expect(describeMessage(type, text, content)).toEqual({ text: expected, supported: true });
  });

  it("says something about anything", () => {
    const type = fc.oneof(fc.constantFrom(...REPLIED_TO, "edit", "reaction", "system", "__proto__"), fc.string());
    fc.assert(
      fc.property(type, fc.option(fc.string()), fc.anything(), (kind, text, content) => {
        expect(describeMessage(kind, text, { [kind]: content, errors: content }).text).not.toBe("");
        expect(describeMessage(kind, text, content).text).not.toBe("");
      }),
      { numRuns: runs(100, 20_000) },
    );
  });
});
