import { pino } from "pino";
import { v7 as uuidv7 } from "uuid";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import type { Ctx } from "@/lib/context";
import type { Desk, Shop } from "./deskRows";
import { openDesk } from "./deskRows";

let desk: Desk;
let close: () => Promise<void>;
let lib: Awaited<ReturnType<typeof load>>;

async function load() {
  return {
    ...(await import("@/lib/db")),
    ...(await import("@/lib/business/queries")),
    ...(await import("@/lib/conversation/queries")),
    ...(await import("@/lib/conversation/takeOver")),
    ...(await import("@/lib/conversation/handBack")),
    ...(await import("@/lib/conversation/markRead")),
    ...(await import("@/lib/conversation/debug")),
    ...(await import("@/lib/conversation/itemCursor")),
    ...(await import("@/lib/health/aiHealth")),
    ...(await import("@/lib/health/health")),
    ...(await import("@/lib/health/queries")),
    ...(await import("@/lib/http/cursor")),
    ...(await import("@/lib/leads/queries")),
    ...(await import("@/lib/outbound/getOutbound")),
    ...(await import("@/lib/outbound/view")),
  };
}

beforeAll(async () => {
  ({ desk, close } = await openDesk());
  lib = await load();
});
afterAll(() => close());

function ctxOf({ businessId, ownerId }: Shop): Ctx {
  return {
    db: lib.tenantDb(businessId),
    businessId,
    actor: { kind: "user", userId: ownerId, isAdmin: false },
    requestId: uuidv7(),
    log: pino({ level: "silent" }),
    now: () => new Date("2026-11-20T12:00:00Z"),
  };
}

/** Reads a collection to its end, page by page, through the cursors as a client gets them. */
async function readAll<T, C>(
  read: (cursor: C | undefined) => Promise<{ items: T[]; nextCursor: string | null }>,
  parse: (cursor: string) => C,
): Promise<T[][]> {
  const pages: T[][] = [];
  let cursor: C | undefined;
  for (;;) {
    const { items, nextCursor } = await read(cursor);
    pages.push(items);
    if (!nextCursor) return pages;
    cursor = parse(nextCursor);
  }
}

const minute = (n: number) => new Date(Date.UTC(2026, 10, 20, 10, n));
const ids = (items: { id: string }[]) => items.map(({ id }) => id);

describe("what belongs to another business", () => {
  it("is not found by any read or write, and is left as it was", async () => {
    const mine = ctxOf(await desk.shop());
    const other = await desk.shop("Other");
    const conversation = await desk.conversation(other, { unreadCount: 2 });
    const outbound = await desk.outbound(other, conversation);
    const lead = await desk.lead(other, await desk.contact(other, "Otto"));
    const attempts = [
      () => lib.getConversation(mine, conversation),
      () => lib.listItems(mine, conversation, { limit: 10 }),
      () => lib.takeOver(mine, conversation),
      () => lib.handBack(mine, conversation),
      () => lib.markRead(mine, conversation),
      () => lib.getOutbound(mine, outbound),
      () => lib.getLead(mine, lead),
      () => lib.getBusiness(mine, other.businessId),
    ];
    for (const attempt of attempts) await expect(attempt()).rejects.toMatchObject({ code: "NOT_FOUND" });
    const [row] = await desk.rows('SELECT handler, "unreadCount", "stateVersion" FROM "Conversation" WHERE id = $1', [
      conversation,
    ]);
    expect(row).toEqual({ handler: "AI", unreadCount: 2, stateVersion: 0 });
    expect(await lib.listConversations(mine, { limit: 10 })).toEqual({ items: [], nextCursor: null });
    expect(await lib.listLeads(mine, { limit: 10 })).toEqual({ items: [], nextCursor: null });
  });
});

describe("the inbox", () => {
  it("gives every conversation once over its pages, newest activity first, many at the same instant included", async () => {
    const shop = await desk.shop();
    for (let n = 0; n < 23; n++) await desk.conversation(shop, { lastMessageAt: minute(Math.floor(n / 5)) });
    await desk.conversation(shop, { lastMessageAt: null });
    const expected = await desk.rows<{ id: string }>(
      'SELECT id FROM "Conversation" WHERE "businessId" = $1 AND "lastMessageAt" IS NOT NULL ORDER BY "lastMessageAt" DESC, id DESC',
      [shop.businessId],
    );
    const pages = await readAll(
      (cursor: ReturnType<typeof lib.KeysetCursor.parse> | undefined) =>
        lib.listConversations(ctxOf(shop), { limit: 4, cursor }),
      (text) => lib.KeysetCursor.parse(text),
    );
    expect(pages.map(({ length }) => length)).toEqual([4, 4, 4, 4, 4, 3]);
    expect(ids(pages.flat())).toEqual(ids(expected));
  });

  it("finds by name, number however it is typed, and last words; the signs of a pattern are plain text", async () => {
    const shop = await desk.shop();
    const anna = await desk.contact(shop, "Anna Müller", "493012345678");
    const rate = await desk.contact(shop, "100% Rabatt");
    const plain = await desk.contact(shop, "1000 Rabatt");
    const a = await desk.conversation(shop, { contactId: anna, lastMessagePreview: "My boiler_is cold" });
    const b = await desk.conversation(shop, { contactId: rate, lastMessagePreview: "boilerXis \\ warm" });
    const c = await desk.conversation(shop, { contactId: plain, lastMessagePreview: "x" });
    const found = async (search: string) =>
      ids((await lib.listConversations(ctxOf(shop), { limit: 10, search })).items).sort();
    expect(await found("MÜLLER")).toEqual([a]);
    expect(await found("+49 (30) 1234")).toEqual([a]);
    expect(await found("boiler_is")).toEqual([a]);
    expect(await found("100%")).toEqual([b]);
    expect(await found("\\")).toEqual([b]);
    expect(await found("rabatt")).toEqual([b, c].sort());
    expect(await found("nobody")).toEqual([]);
  });

  it("calls a contact by name, else by number, else customer, and an address that has ended is not shown", async () => {
    const shop = await desk.shop();
    const nameless = await desk.contact(shop, null, "4930901820");
    const unknown = await desk.contact(shop, "  ");
    await desk.insert("ContactAddress", {
      businessId: shop.businessId,
      contactId: unknown,
      kind: "PHONE",
      value: "4930901821",
      validUntil: minute(0),
    });
    await desk.insert("ContactAddress", {
      businessId: shop.businessId,
      contactId: unknown,
      kind: "BSUID",
      value: "US.77",
    });
    await desk.conversation(shop, { contactId: nameless, lastMessageAt: minute(2) });
    await desk.conversation(shop, { contactId: unknown, lastMessageAt: minute(1) });
    const { items } = await lib.listConversations(ctxOf(shop), { limit: 10 });
    expect(items.map(({ contactName, contactAddress }) => [contactName, contactAddress])).toEqual([
      ["+49 30 901820", "+49 30 901820"],
      ["Customer", "US.77"],
    ]);
  });
});

describe("a conversation", () => {
  it("shows its open lead, the end of the window, the channel and the business's zone", async () => {
    const shop = await desk.shop();
    const contactId = await desk.contact(shop, "Anna");
    const id = await desk.conversation(shop, { contactId, lastInboundAt: minute(0) });
    await desk.lead(shop, contactId, { conversationId: id, closedAt: minute(1), stage: "CLOSED" });
    const before = await lib.getConversation(ctxOf(shop), id);
    expect(before).toMatchObject({
      leadId: null,
      windowClosesAt: "2026-11-21T10:00:00.000Z",
      channelName: "+49 30 1234567",
      channelPaused: false,
      businessSuspended: false,
      handlerUserId: null,
      timeZone: "Europe/Berlin",
      handlerName: null,
    });
    const leadId = await desk.lead(shop, contactId, { conversationId: id });
    await desk.sql.query(`UPDATE "Channel" SET status = 'PAUSED' WHERE id = $1`, [shop.channelId]);
    expect(await lib.getConversation(ctxOf(shop), id)).toMatchObject({ leadId, channelPaused: true });
    await desk.sql.query(`UPDATE "Business" SET status = 'SUSPENDED', "suspendedReason" = 'Unpaid' WHERE id = $1`, [
      shop.businessId,
    ]);
    expect(await lib.getConversation(ctxOf(shop), id)).toMatchObject({ businessSuspended: true });
  });

  it("merges both sides in the order of events, and its pages into the past leave nothing out and repeat nothing", async () => {
    const shop = await desk.shop();
    const id = await desk.conversation(shop);
    const expected: string[] = [];
    for (let n = 0; n < 6; n++) {
      for (let k = 0; k < 2; k++) expected.push(await desk.message(shop, id, { sentAt: minute(n) }));
      for (let k = 0; k < 3; k++) expected.push(await desk.outbound(shop, id, { createdAt: minute(n) }));
    }
    for (const limit of [1, 3, 4, 7, 30]) {
      const pages = await readAll(
        (cursor: ReturnType<typeof lib.ItemCursor.parse> | undefined) =>
          lib.listItems(ctxOf(shop), id, { limit, cursor }),
        (text) => lib.ItemCursor.parse(text),
      );
      expect(ids(pages.reverse().flat())).toEqual(expected);
    }
  });

  it("says of each item what happened to it, and asks for a decision only while a person owes one", async () => {
    const shop = await desk.shop();
    const id = await desk.conversation(shop);
    await desk.message(shop, id, { sentAt: minute(1), editedAt: minute(2), revokedAt: minute(3), duplicateCount: 9 });
    const unknown = { status: "UNKNOWN", unknownAt: minute(4), authorUserId: shop.ownerId };
    await desk.outbound(shop, id, { ...unknown, createdAt: minute(5) });
    await desk.outbound(shop, id, { ...unknown, createdAt: minute(6), escalatedAt: minute(7) });
    await desk.outbound(shop, id, {
      ...unknown,
      createdAt: minute(7),
      escalatedAt: minute(7),
      resolvedAt: minute(8),
      resolution: "LEFT",
    });
    const { items } = await lib.listItems(ctxOf(shop), id, { limit: 100 });
    expect(items[0]).toMatchObject({ kind: "inbound", edited: true, revoked: true, duplicateCount: 9, text: "Hello" });
    expect(items.slice(1).map((item) => item.kind === "outbound" && item.needsDecision)).toEqual([false, true, false]);
    expect(items[1]).toMatchObject({
      authorName: "Owner of Shop",
      unknownAt: minute(4).toISOString(),
      sentAt: null,
      at: minute(5).toISOString(),
    });
  });
});

describe("taking over and handing back", () => {
  it("changes handler and state version, with activity and event, once however often it is asked", async () => {
    const shop = await desk.shop();
    const id = await desk.conversation(shop);
    await lib.takeOver(ctxOf(shop), id);
    const taken = await lib.takeOver(ctxOf(shop), id);
    expect(taken).toMatchObject({ handler: "PERSON", handlerName: "Owner of Shop", stateVersion: 1 });
    await lib.handBack(ctxOf(shop), id);
    const back = await lib.handBack(ctxOf(shop), id);
    expect(back).toMatchObject({ handler: "AI", handlerName: null, stateVersion: 2 });
    const activity = await desk.rows(
      'SELECT actor, action, before, after FROM "Activity" WHERE "entityId" = $1 ORDER BY id',
      [id],
    );
    expect(activity).toEqual([
      {
        actor: `user:${shop.ownerId}`,
        action: "conversation.takenOver",
        before: { handler: "AI", handlerUserId: null },
        after: { handler: "PERSON", handlerUserId: shop.ownerId },
      },
      {
        actor: `user:${shop.ownerId}`,
        action: "conversation.handedBack",
        before: { handler: "PERSON", handlerUserId: shop.ownerId },
        after: { handler: "AI", handlerUserId: null },
      },
    ]);
    expect(await eventsOf(shop)).toEqual(Array(2).fill({ kind: "conversation.changed", data: { conversationId: id } }));
  });

  it("clears what is unread without a new version, and tells of it only when something was", async () => {
    const shop = await desk.shop();
    const id = await desk.conversation(shop, { unreadCount: 3 });
    expect(await lib.markRead(ctxOf(shop), id)).toMatchObject({ unreadCount: 0, stateVersion: 0 });
    await lib.markRead(ctxOf(shop), id);
    expect(await eventsOf(shop)).toHaveLength(1);
    expect(await desk.rows('SELECT version FROM "Conversation" WHERE id = $1', [id])).toEqual([{ version: 1 }]);
  });

  async function eventsOf({ businessId }: Shop) {
    return desk.rows('SELECT kind, data FROM "Event" WHERE "businessId" = $1 ORDER BY id', [businessId]);
  }
});

describe("leads", () => {
  it("come once over the pages, the last changed first", async () => {
    const shop = await desk.shop();
    const contactId = await desk.contact(shop, "Anna");
    for (let n = 0; n < 11; n++) await desk.lead(shop, contactId, { updatedAt: minute(Math.floor(n / 4)) });
    const expected = await desk.rows<{ id: string }>(
      'SELECT id FROM "Lead" WHERE "businessId" = $1 ORDER BY "updatedAt" DESC, id DESC',
      [shop.businessId],
    );
    const pages = await readAll(
      (cursor: ReturnType<typeof lib.KeysetCursor.parse> | undefined) =>
        lib.listLeads(ctxOf(shop), { limit: 3, cursor }),
      (text) => lib.KeysetCursor.parse(text),
    );
    expect(ids(pages.flat())).toEqual(ids(expected));
  });

  it("carry the business's own name of the service, the trade's where it has none, and their facts newest first", async () => {
    const shop = await desk.shop();
    const contactId = await desk.contact(shop, "Anna");
    const serviceTypeId = await desk.insert("ServiceType", {
      businessId: shop.businessId,
      name: "Boiler check",
      serviceTypeEnum: "HVAC",
      synonyms: null,
    });
    const named = await desk.lead(shop, contactId, { serviceTypeId, serviceTypeEnum: "HVAC", preferredAt: minute(9) });
    const bare = await desk.lead(shop, contactId, { serviceTypeEnum: "ROOFING" });
    for (const n of [1, 2])
      await desk.insert("LeadFact", {
        businessId: shop.businessId,
        leadId: named,
        field: "where",
        value: `street ${n}`,
        normalized: "1",
        engine: "built-in",
        confidence: 0.5,
        applied: true,
        createdAt: minute(n),
      });
    const lead = await lib.getLead(ctxOf(shop), named);
    expect(lead).toMatchObject({
      serviceLabel: "Boiler check",
      contactName: "Anna",
      preferredAt: minute(9).toISOString(),
    });
    expect(lead.facts.map(({ value }) => value)).toEqual(["street 2", "street 1"]);
    expect(await lib.getLead(ctxOf(shop), bare)).toMatchObject({ serviceLabel: "Roofing", facts: [] });
  });
});

describe("what the platform's admin sees", () => {
  it("counts replies by every status, and what the keys stopped, over all businesses", async () => {
    const before = await lib.getAiHealth(lib.outboundView);
    for (const shop of [await desk.shop("One"), await desk.shop("Two")]) {
      const id = await desk.conversation(shop, { lastQuestionKey: "where", questionsAskedCount: 2 });
      await desk.message(shop, id, { duplicateCount: 4 });
      for (let n = 0; n < 11; n++) await desk.outbound(shop, id, { status: "FAILED", collisionCount: n === 0 ? 3 : 0 });
    }
    const after = await lib.getAiHealth(lib.outboundView);
    expect(Object.keys(after.statusCounts).sort()).toEqual(
      ["CANCELLED", "FAILED", "PENDING", "SENDING", "SENT", "UNKNOWN"].sort(),
    );
    expect(after.statusCounts.FAILED).toBe((before.statusCounts.FAILED ?? 0) + 22);
    expect(after.statusCounts.SENDING).toBe(0);
    expect(after.dedupeCollisions).toEqual({
      inbound: before.dedupeCollisions.inbound + 8,
      outbound: before.dedupeCollisions.outbound + 6,
    });
    expect(after.lastOutbound).toHaveLength(20);
    expect(new Set(after.lastOutbound.map(({ conversationId }) => conversationId)).size).toBe(2);
    expect(after.conversations[0]).toMatchObject({
      questionsAskedCount: 2,
      lastQuestionKey: "where",
      stateVersion: 0,
    });
    expect(after.conversations.length).toBeLessThanOrEqual(10);
  });

  it("debugs a conversation of any business with its own timeline", async () => {
    const shop = await desk.shop();
    const id = await desk.conversation(shop, { knownFields: { where: "Berlin" } });
    const wamid = "wamid.debugged";
    await desk.message(shop, id, { wamid, duplicateCount: 2, sentAt: minute(1) });
    await desk.outbound(shop, id);
    await lib.takeOver(ctxOf(shop), id);
    const debug = await lib.getConversationDebug(
      ctxOf({ ...shop, businessId: await lib.businessOfConversation(id) }),
      id,
    );
    expect(debug).toMatchObject({
      id,
      fence: "0",
      stateVersion: 1,
      knownFields: { where: "Berlin" },
      inbound: [{ wamid, duplicateCount: 2 }],
      outbound: [{ conversationId: id }],
      timeline: [{ action: "conversation.takenOver" }],
    });
    await expect(lib.businessOfConversation(uuidv7())).rejects.toMatchObject({
      code: "NOT_FOUND",
    });
  });

  it("pages through the deliveries that were kept, of one status or all, with strange bytes made readable", async () => {
    const strange = Buffer.from([0xff, 0x00, 0x7b, ...Buffer.from("😀".repeat(1500))]);
    for (let n = 0; n < 7; n++)
      await desk.insert("RawWebhookEvent", {
        source: "whatsapp",
        body: n === 6 ? strange : Buffer.from("{}"),
        status: n % 2 ? "DONE" : "STRANGE",
        receivedAt: minute(Math.floor(n / 3)),
      });
    const read = (status: string | undefined) =>
      readAll(
        (cursor: ReturnType<typeof lib.KeysetCursor.parse> | undefined) =>
          lib.listDeliveries({ limit: 2, cursor, status }),
        (text) => lib.KeysetCursor.parse(text),
      );
    const all = (await read(undefined)).flat();
    expect(new Set(ids(all)).size).toBe(7);
    expect(all[0]).toMatchObject({ size: strange.length, status: "STRANGE" });
    expect(all[0]?.preview.startsWith("\ufffd\0{😀")).toBe(true);
    expect(all[0]?.preview.length).toBe(2000);
    expect(all[0]?.preview.isWellFormed()).toBe(true);
    expect((await read("DONE")).flat().map(({ status }) => status)).toEqual(["DONE", "DONE", "DONE"]);
  });

  it("lists the alerts that are open, the last heard of first", async () => {
    const alert = { kind: "unknown_number", message: "A number nobody holds" };
    for (const n of [1, 3, 2]) await desk.insert("Alert", { ...alert, subject: `s${n}`, lastAt: minute(n) });
    await desk.insert("Alert", { ...alert, subject: "over", lastAt: minute(9), resolvedAt: minute(9) });
    const pages = await readAll(
      (cursor: ReturnType<typeof lib.KeysetCursor.parse> | undefined) => lib.listAlerts({ limit: 2, cursor }),
      (text) => lib.KeysetCursor.parse(text),
    );
    expect(pages.flat().map(({ subject }) => subject)).toEqual(["s3", "s2", "s1"]);
  });
});
