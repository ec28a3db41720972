import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { type Fact, understand, type Understanding } from "@/lib/ai/understand";
import { type Effect, type FlowEvent, type FlowState, flowState } from "@/lib/conversation/flowState";
import { LEAD_FIELDS, type LeadField } from "@/lib/leads/schema";
import { runs } from "../../../tests/fixtures/long";

const start: FlowState = {
  handler: "AI",
  optedOut: false,
  greeted: false,
  unsupportedTold: false,
  questionsAskedCount: 0,
  lastQuestionKey: null,
  known: {},
  stage: "NEW",
};
const business = { name: "Brightside" };
const heard = (more: Partial<Understanding> = {}): Understanding => ({
  facts: [],
  intent: "enquiry",
  unsupportedOnly: false,
  greetingOnly: false,
  welcome: false,
  ...more,
});
const turn = (more: Partial<Understanding> = {}, replyDue = true): FlowEvent => ({
  type: "turn",
  understanding: heard(more),
  replyDue,
  business,
  serviceLabel: null,
});
const learned = (field: LeadField, value = `some ${field}`): Fact => ({
  field,
  value,
  normalized: field === "service" ? { serviceTypeEnum: "PLUMBING", serviceTypeId: null } : { text: value },
  messageId: "m1",
  spanStart: 0,
  spanEnd: value.length,
  engine: "built-in",
  confidence: 0.9,
});

/** Runs events in order: each step's state before, state after, and reply. */
function run(events: FlowEvent[], from = start) {
  let state = from;
  return events.map((event) => {
    const before = state;
    const { state: after, effects } = flowState(before, event);
    state = after;
    return { event, before, after, effects, reply: effects[0] as Effect | undefined };
  });
}
const last = (events: FlowEvent[], from?: FlowState) => run(events, from).at(-1)!;

describe("the conversation's flow", () => {
  it("greets, says what it understood and asks the next question in one message", () => {
    const { reply, after } = last([turn({ facts: [learned("service"), learned("when", "asap")] })]);
    expect(reply).toMatchObject({ replyType: "GREETING", normalizedQuestionKey: "where" });
    expect(reply?.text).toMatch(/Brightside.*Plumbing, asap.*Where/);
    expect(after).toMatchObject({
      stage: "QUALIFYING",
      greeted: true,
      questionsAskedCount: 1,
      lastQuestionKey: "where",
    });
  });

  it("asks again once, without counting, and then moves on", () => {
    const steps = run([turn(), turn(), turn()]);
    expect(steps.map(({ reply }) => reply?.normalizedQuestionKey)).toEqual(["service", "service", "when"]);
    expect(steps.map(({ after }) => after.questionsAskedCount)).toEqual([1, 1, 2]);
    expect(steps[0]?.reply?.text).not.toBe(steps[1]?.reply?.text);
  });

  it("closes with a summary once all is known", () => {
    const { reply, after } = last(LEAD_FIELDS.map((field) => turn({ facts: [learned(field)] })));
    expect(reply).toMatchObject({ replyType: "ANSWER", normalizedQuestionKey: null });
    expect(reply?.text).toMatch(/Plumbing, some when, some where, the name some name\. A person/);
    expect(after.stage).toBe("QUALIFIED");
  });

  it("closes after five questions though nothing was understood", () => {
    const steps = run(Array.from({ length: 20 }, () => turn()));
    expect(steps.findIndex(({ after }) => after.stage === "QUALIFIED")).toBeGreaterThan(0);
    expect(steps.at(-1)?.after.questionsAskedCount).toBe(5);
  });

  it("says nothing to thanks once qualified, and repeats what changed", () => {
    const done = last(LEAD_FIELDS.map((field) => turn({ facts: [learned(field)] }))).after;
    expect(last([turn({ intent: "thanks" })], done).effects).toEqual([]);
    expect(last([turn({ facts: [learned("when", "Friday")] })], done).reply?.text).toContain("Friday");
    expect(last([turn()], done).reply?.text).toContain("will get back to you");
  });

  it("names a stored trade by its label, never by its code", () => {
    const from: FlowState = { ...start, known: { service: "PEST_CONTROL", when: "asap", where: "Leeds" } };
    expect(last([turn({ facts: [learned("name", "Sam")] })], from).reply?.text).toContain("Pest control");
  });

  it("confirms an opt-out once, is silent after it, and comes back on START", () => {
    const steps = run([
      turn({ intent: "optOut" }),
      turn({ intent: "optOut" }),
      turn(),
      turn({ intent: "optIn" }),
      turn(),
    ]);
    expect(steps.map(({ reply }) => reply?.replyType)).toEqual(["OPT_OUT", undefined, undefined, "ANSWER", "QUESTION"]);
  });

  it("hands over to a person on request and speaks again only when handed back", () => {
    const steps = run([turn({ intent: "person" }), turn(), { type: "handBack" }, turn()]);
    expect(steps.map(({ reply }) => reply?.replyType)).toEqual(["HANDOVER", undefined, undefined, "QUESTION"]);
  });

  it("tells once that it cannot read a message", () => {
    const steps = run([turn({ unsupportedOnly: true }), turn({ unsupportedOnly: true }), turn()]);
    expect(steps.map(({ reply }) => reply?.replyType)).toEqual(["UNSUPPORTED", undefined, "GREETING"]);
  });

  it("greets who opens the chat, and stays silent when no reply is due", () => {
    expect(last([turn({ welcome: true, intent: "other" })]).reply?.replyType).toBe("GREETING");
    expect(last([turn({}, false)])).toMatchObject({ effects: [], after: start });
  });

  it("carries a conversation in real words from hello to done", () => {
    const profile = { name: "Brightside", timeZone: "Europe/London", country: "GB", hours: {}, services: [] };
    const now = new Date("2026-11-20T15:00:00Z");
    let state = start;
    const keys = ["Hello", "my boiler makes a noise", "tomorrow at 3", "12 Oak Street, Leeds", "Sarah"].map((text) => {
      const said = [{ messageId: "m", type: "text", text, sentAt: now }];
      const input = { said, business: profile, lastQuestionKey: state.lastQuestionKey, known: state.known, now };
      const step = flowState(state, turn(understand(input)));
      state = step.state;
      return step.effects[0]?.normalizedQuestionKey;
    });
    expect(keys).toEqual(["service", "when", "where", "name", null]);
    expect(state.known).toEqual({
      service: "Heating and cooling",
      when: "Saturday 21 November at 3 pm",
      where: "12 Oak Street, Leeds",
      name: "Sarah",
    });
  });
});

describe("whatever happens in whatever order", () => {
  const field = fc.constantFrom(...LEAD_FIELDS);
  const anyTurn = fc
    .record({
      facts: fc.oneof(
        { weight: 3, arbitrary: fc.constant<Fact[]>([]) },
        fc.uniqueArray(field, { maxLength: 3 }).map((fields) => fields.map((one) => learned(one))),
      ),
      intent: fc.oneof(
        { weight: 8, arbitrary: fc.constantFrom("enquiry", "thanks", "other") },
        fc.constantFrom("person", "optOut", "optIn"),
      ),
      unsupportedOnly: fc.oneof({ weight: 6, arbitrary: fc.constant(false) }, fc.constant(true)),
      welcome: fc.boolean(),
      replyDue: fc.oneof({ weight: 6, arbitrary: fc.constant(true) }, fc.constant(false)),
    })
    .map(({ replyDue, ...more }) => turn(more as Partial<Understanding>, replyDue));
  const events = fc.array(
    fc.oneof({ weight: 12, arbitrary: anyTurn }, fc.constant<FlowEvent>({ type: "personSpoke" }), {
      weight: 2,
      arbitrary: fc.constant<FlowEvent>({ type: "handBack" }),
    }),
    { maxLength: 40 },
  );
  const always = (check: (steps: ReturnType<typeof run>) => void) =>
    fc.assert(
      fc.property(events, (list) => check(run(list))),
      { numRuns: runs(500, 10_000) },
    );

  it("asks at most five questions and never what it knows", () =>
    always((steps) => {
      for (const { after, reply } of steps) {
        expect(after.questionsAskedCount).toBeLessThanOrEqual(5);
        const key = reply?.normalizedQuestionKey;
        if (key) expect(after.known[key]).toBeUndefined();
      }
    }));

  it("never asks the same key more than twice in a row", () =>
    always((steps) => {
      const keys = steps.map(({ reply }) => reply?.normalizedQuestionKey).filter((key) => key != null);
      keys.forEach((key, i) => expect(i > 1 && keys[i - 1] === key && keys[i - 2] === key).toBe(false));
    }));

  it("counts a question exactly when the last key changes", () =>
    always((steps) => {
      for (const { before, after } of steps)
        expect(after.questionsAskedCount - before.questionsAskedCount).toBe(
          after.lastQuestionKey === before.lastQuestionKey ? 0 : 1,
        );
    }));

  it("replies at most once, and never while a person handles it or after an opt-out", () =>
    always((steps) => {
      for (const { event, before, after, effects } of steps) {
        expect(effects.length).toBeLessThanOrEqual(event.type === "turn" && event.replyDue ? 1 : 0);
        if (before.handler === "PERSON" || (before.optedOut && after.optedOut)) expect(effects).toEqual([]);
      }
    }));

  it("never forgets what it knew", () =>
    always((steps) => {
      for (const { before, after } of steps) expect(after.known).toMatchObject(before.known);
    }));
});
