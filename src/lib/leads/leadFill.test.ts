import fc from "fast-check";
import { describe, expect, it } from "vitest";
import type { Fact, FactValue } from "@/lib/ai/understand";
import { SERVICE_TYPES } from "@/lib/business/schema";
import { fillLead, type HeldFact, type LeadColumns } from "@/lib/leads/leadFill";
import { LEAD_FIELDS, type LeadField } from "@/lib/leads/schema";
import { runs } from "../../../tests/fixtures/long";

const empty: LeadColumns = {
  name: null,
  serviceTypeId: null,
  serviceTypeEnum: "OTHER",
  preferredAt: null,
  preferredText: null,
  preferredZone: null,
  location: null,
};
const said = (field: LeadField, value: string, normalized: FactValue = { text: value }, confidence = 0.9): Fact => ({
  field,
  value,
  normalized,
  confidence,
  messageId: "m1",
  spanStart: 0,
  spanEnd: value.length,
  engine: "built-in",
});
const held = (field: LeadField, confidence: number, engine = "built-in"): HeldFact => ({
  field,
  engine,
  confidence,
  applied: true,
});
const timeZone = "America/New_York";
const at = (instant: string, local: string): FactValue => ({ instant, local, timeZone });

describe("filling a lead", () => {
  it("never overwrites what a person set", () => {
    const lead = { ...empty, name: "Sarah" };
    const { update, kept } = fillLead(lead, [held("name", 0.1, "person")], [said("name", "Bob")]);
    expect(update).toEqual({});
    expect(kept).toHaveLength(1);
  });

  it("keeps a much less sure fact beside the held one and lets a nearly as sure one replace it", () => {
    const lead = { ...empty, location: "Leeds" };
    const facts = (confidence: number) => [said("where", "York", undefined, confidence)];
    expect(fillLead(lead, [held("where", 0.95)], facts(0.7))).toMatchObject({ update: {}, applied: [] });
    expect(fillLead(lead, [held("where", 0.95)], facts(0.75)).update).toEqual({ location: "York" });
  });

  it("sets the trade where the business has no such service", () => {
    const fact = said("service", "roof", { serviceTypeEnum: "ROOFING", serviceTypeId: null });
    expect(fillLead(empty, [], [fact]).update).toEqual({ serviceTypeEnum: "ROOFING" });
  });

  it("does not take a service away, but follows a correction to another trade", () => {
    const lead: LeadColumns = { ...empty, serviceTypeEnum: "PLUMBING", serviceTypeId: "s1" };
    const told = (serviceTypeEnum: (typeof SERVICE_TYPES)[number]) =>
      fillLead(lead, [], [said("service", "x", { serviceTypeEnum, serviceTypeId: null })]).update;
    expect(told("PLUMBING")).toEqual({});
    expect(told("OTHER")).toEqual({});
    expect(told("ROOFING")).toEqual({ serviceTypeEnum: "ROOFING", serviceTypeId: null });
  });

  it("sets instant, words and zone together, and joins a time to its day", () => {
    const day = fillLead(empty, [], [said("when", "tomorrow", at("2026-11-21T05:00:00.000Z", "2026-11-21"))]).update;
    expect(day).toEqual({
      preferredAt: new Date("2026-11-21T05:00:00.000Z"),
      preferredText: "tomorrow",
      preferredZone: timeZone,
    });
    const time = said("when", "at 3", at("2026-11-21T20:00:00.000Z", "2026-11-21T15:00"));
    expect(fillLead({ ...empty, ...day }, [held("when", 0.85)], [time]).update).toEqual({
      preferredAt: new Date("2026-11-21T20:00:00.000Z"),
      preferredText: "tomorrow at 3",
    });
  });

  it("does not trade a moment for vaguer words or for its day alone", () => {
    const lead = {
      ...empty,
      preferredAt: new Date("2026-11-21T20:00:00Z"),
      preferredText: "3pm",
      preferredZone: timeZone,
    };
    const vaguer = [said("when", "asap"), said("when", "tomorrow", at("2026-11-21T05:00:00.000Z", "2026-11-21"))];
    for (const fact of vaguer) expect(fillLead(lead, [], [fact])).toMatchObject({ update: {}, kept: [fact] });
  });

  it("adds a postcode to its address and a surname to a name", () => {
    const lead = { ...empty, name: "Sarah", location: "12 Oak Street" };
    expect(fillLead(lead, [], [said("where", "LS1 4AP"), said("name", "Sarah Jones")]).update).toEqual({
      location: "12 Oak Street, LS1 4AP",
      name: "Sarah Jones",
    });
    expect(fillLead({ ...empty, name: "Sarah Jones" }, [], [said("name", "Sarah")]).update).toEqual({});
  });

  it("changes nothing when the same is said again", () => {
    const fact = said("when", "tomorrow", at("2026-11-21T05:00:00.000Z", "2026-11-21"));
    const lead = { ...empty, ...fillLead(empty, [], [fact]).update };
    expect(fillLead(lead, [held("when", 0.9)], [fact]).update).toEqual({});
  });
});

describe("whatever is said", () => {
  const moment = fc.date({ min: new Date("2026-01-01"), max: new Date("2027-01-01"), noInvalidDate: true });
  const fact = fc
    .record({
      field: fc.constantFrom(...LEAD_FIELDS),
      value: fc.string({ maxLength: 12 }),
      trade: fc.constantFrom(...SERVICE_TYPES),
      id: fc.option(fc.uuid()),
      when: fc.option(moment),
      confidence: fc.double({ min: 0, max: 1, noNaN: true }),
    })
    .map(({ field, value, trade, id, when, confidence }) => {
      if (field === "service") return said(field, value, { serviceTypeEnum: trade, serviceTypeId: id }, confidence);
      const local = when && at(when.toISOString(), when.toISOString().slice(0, 16));
      return said(field, value, field === "when" && local ? local : { text: value }, confidence);
    });
  const lead = fc.record({
    name: fc.option(fc.string({ minLength: 1 })),
    serviceTypeId: fc.option(fc.uuid()),
    serviceTypeEnum: fc.constantFrom(...SERVICE_TYPES),
    preferredAt: fc.option(moment),
    preferredText: fc.option(fc.string({ minLength: 1 })),
    preferredZone: fc.option(fc.constantFrom("America/New_York", "Europe/London")),
    location: fc.option(fc.string({ minLength: 1 })),
  });
  const holders = fc.uniqueArray(
    fc.record({
      field: fc.constantFrom(...LEAD_FIELDS),
      engine: fc.constantFrom("built-in", "person"),
      confidence: fc.double({ min: 0, max: 1, noNaN: true }),
      applied: fc.boolean(),
    }),
    { selector: (one) => one.field },
  );
  const columns = {
    service: ["serviceTypeEnum", "serviceTypeId"],
    when: ["preferredAt"],
    where: ["location"],
    name: ["name"],
  };

  it("never wipes a column, never touches a person's field, accounts for every fact", () => {
    fc.assert(
      fc.property(lead, holders, fc.array(fact, { maxLength: 6 }), (before, heldFacts, facts) => {
        const { update, applied, kept } = fillLead(before, heldFacts, facts);
        expect(applied.length + kept.length).toBe(facts.length);
        for (const [column, value] of Object.entries(update))
          expect(value === "" || (value === null && !(column === "serviceTypeId" && update.serviceTypeEnum))).toBe(
            false,
          );
        if (before.serviceTypeEnum !== "OTHER" && !update.serviceTypeId)
          expect(update.serviceTypeEnum).not.toBe("OTHER");
        for (const one of heldFacts.filter(({ engine, applied: counts }) => engine === "person" && counts))
          for (const column of columns[one.field]) expect(update).not.toHaveProperty(column);
      }),
      { numRuns: runs(500, 20_000) },
    );
  });
});
