import { afterAll, beforeAll, beforeEach, describe, expect, test } from "vitest";
import { jobContext } from "@/jobs/registry";
import { closeDb, systemDb, tenantDb } from "@/lib/db";
import { deliver } from "@/lib/outbound/deliver";
import { stopSender } from "@/lib/queue/queue";
import { bindFirstChannel } from "../../prisma/seed";
import { createTalk, enqueue, outboundRow, receive, statusOf, type Talk } from "../fixtures/conversation";
import { startGraphServer, type GraphServer } from "../fixtures/graphServer";
import {
  createScene,
  digits,
  envelope,
  newInboundWamid,
  setTestEnvironment,
  textMessage,
  type Scene,
} from "../fixtures/scene";
import { createTestDatabase, runOn } from "./testDatabase";

const BOUND = "200000000000002";
let database: Awaited<ReturnType<typeof createTestDatabase>>;
let graph: GraphServer;
let scene: Scene;

beforeAll(async () => {
  database = await createTestDatabase();
  graph = await startGraphServer();
  setTestEnvironment(database.url, {
    WHATSAPP_GRAPH_URL: graph.url,
    WHATSAPP_PHONE_NUMBER_ID: BOUND,
    WHATSAPP_ACCESS_TOKEN: "the-token-of-the-environment",
  });
});
beforeEach(async () => {
  await runOn(database.adminUrl, `TRUNCATE "Business", "RawWebhookEvent", "Alert" CASCADE`);
  scene = await createScene();
  graph.accepted.length = 0;
});
afterAll(async () => {
  await stopSender();
  await closeDb();
  await graph.close();
  await database.drop();
});

const texts = (businessId: string) =>
  tenantDb(businessId).$transaction(async (tx) =>
    (await tx.message.findMany({ orderBy: { seq: "asc" } })).map(({ text }) => text),
  );
const endHolding = (businessId: string, heldUntil: Date) =>
  tenantDb(businessId).$transaction((tx) =>
    tx.channelHolding.updateMany({ where: { heldUntil: null }, data: { heldUntil } }),
  );

/** Gives the scene's number to another business. */
async function handOver(at: Date): Promise<Scene> {
  const next = await createScene("Next owner");
  const { phoneNumberId } = scene;
  await endHolding(scene.businessId, at);
  await tenantDb(next.businessId).$transaction(async (tx) => {
    await tx.channel.updateMany({ data: { phoneNumberId } });
    await tx.channelHolding.updateMany({ data: { phoneNumberId, heldFrom: at } });
  });
  return { ...next, phoneNumberId };
}

describe("a number that changes hands", () => {
  const uncertain = async (talk: Talk, wamid: string | null = null) => {
    const id = await enqueue(talk, "one");
    await tenantDb(talk.businessId).$transaction((tx) =>
      tx.outboundMessageLog.update({
        where: { id },
        data: { status: "UNKNOWN", unknownAt: new Date(), providerMessageId: wamid },
      }),
    );
    return id;
  };

  test.each(["our id", "the provider's id"])(
    "a status of the old owner's send finds it after the handover by %s",
    async (by) => {
      const talk = await createTalk(scene);
      const id = await uncertain(talk, by === "our id" ? null : "wamid.of.the.send");
      await handOver(new Date(Date.now() - 60_000));
      const more = by === "our id" ? { biz_opaque_callback_data: id } : {};
      await receive(statusOf(talk, "wamid.of.the.send", "delivered", more));
      expect(await outboundRow(talk, id)).toMatchObject({ status: "SENT", deliveryStatus: "delivered" });
    },
  );

  test("a status of the new owner's send stays the new owner's", async () => {
    const old = await createTalk(scene);
    const next = await handOver(new Date(Date.now() - 60_000));
    const talk = await createTalk(next);
    const [mine, theirs] = [await uncertain(old, "wamid.same"), await uncertain(talk, "wamid.same")];
    await receive(statusOf(talk, "wamid.same", "delivered"));
    expect([await outboundRow(old, mine), await outboundRow(talk, theirs)]).toMatchObject([
      { status: "UNKNOWN" },
      { status: "SENT" },
    ]);
  });

  test("a message of the very second of the handover goes to the new owner", async () => {
    const second = Math.floor(Date.now() / 1000) * 1000 - 60_000;
    const next = await handOver(new Date(second + 700));
    await receive(
      envelope(scene.phoneNumberId, {
        messages: [
          textMessage(digits(12), "before", { at: new Date(second - 1000) }),
          textMessage(digits(12), "in it", { at: new Date(second) }),
        ],
      }),
    );
    expect([await texts(scene.businessId), await texts(next.businessId)]).toEqual([["before"], ["in it"]]);
  });

  test("where two claim the same time, the newest holding has it", async () => {
    for (const [earlier, later] of [
      ["2021-01-01", "2022-01-01"],
      ["2022-01-01", "2021-01-01"],
    ] as const) {
      const number = digits(15);
      const [a, b] = [await createScene("A"), await createScene("B")];
      for (const [{ businessId }, from, heldUntil] of [
        [a, earlier, new Date("2100-01-01")],
        [b, later, null],
      ] as const)
        await tenantDb(businessId).$transaction((tx) =>
          tx.channelHolding.updateMany({ data: { phoneNumberId: number, heldFrom: new Date(from), heldUntil } }),
        );
      await receive(envelope(number, { messages: [textMessage(digits(12), "hello")] }));
      const newest = earlier > later ? a : b;
      expect([await texts(newest.businessId), await texts(newest === a ? b.businessId : a.businessId)]).toEqual([
        ["hello"],
        [],
      ]);
    }
  });
});

describe("binding the environment's number", () => {
  const bound = (businessId: string) =>
    tenantDb(businessId).$transaction((tx) =>
      tx.channel.findMany({
        where: { phoneNumberId: BOUND },
        include: { holdings: { orderBy: { heldFrom: "asc" } } },
      }),
    );

  test("one that nobody held before is held from long ago", async () => {
    await bindFirstChannel();
    const [channel] = await bound(scene.businessId);
    expect(channel?.holdings).toMatchObject([{ heldUntil: null }]);
    expect(channel?.holdings[0]?.heldFrom.getTime()).toBeLessThan(Date.now() - 365 * 24 * 3600_000);
  });

  test("one that another business held is held from this second on", async () => {
    const other = await createScene("Old owner");
    await tenantDb(other.businessId).$transaction((tx) =>
      tx.channelHolding.updateMany({ data: { phoneNumberId: BOUND } }),
    );
    const before = Math.floor(Date.now() / 1000) * 1000;
    await endHolding(other.businessId, new Date(before - 10_000));
    await bindFirstChannel();
    const [channel] = await bound(scene.businessId);
    const heldFrom = channel?.holdings[0]?.heldFrom.getTime() ?? 0;
    expect(heldFrom).toBeGreaterThanOrEqual(before);
    expect(heldFrom % 1000).toBe(0);
    await receive(
      envelope(BOUND, { messages: [textMessage(digits(12), "old", { at: new Date(before - 20_000) })] }),
      envelope(BOUND, { messages: [textMessage(digits(12), "new")] }),
    );
    expect([await texts(other.businessId), await texts(scene.businessId)]).toEqual([["old"], ["new"]]);
  });

  test("one that comes back comes back to its channel", async () => {
    await bindFirstChannel();
    const [first] = await bound(scene.businessId);
    await endHolding(scene.businessId, new Date(Date.now() - 10_000));
    await bindFirstChannel();
    const [channel, ...others] = await bound(scene.businessId);
    expect(others).toEqual([]);
    expect(channel?.id).toBe(first?.id);
    expect(channel?.holdings).toMatchObject([{ heldUntil: expect.any(Date) }, { heldUntil: null }]);
    expect(await systemDb().$transaction((tx) => tx.channelHolding.count({ where: { phoneNumberId: BOUND } }))).toBe(2);
  });
});

describe("a person whose address changes", () => {
  const from = (phone: string | null, userId: string, text: string, at = new Date()) => {
    const { from: _, ...message } = textMessage("", text, { at });
    return envelope(scene.phoneNumberId, {
      contacts: [{ profile: { name: "Jane" }, ...(phone && { wa_id: phone }), user_id: userId }],
      messages: [{ ...message, ...(phone && { from: phone }), from_user_id: userId }],
    });
  };
  const movedTo = (old: string, now: string) =>
    envelope(scene.phoneNumberId, {
      messages: [
        {
          from: old,
          id: newInboundWamid(),
          timestamp: String(Math.floor(Date.now() / 1000)),
          type: "system",
          system: { type: "user_changed_number", wa_id: now, body: "changed" },
        },
      ],
    });
  const current = () =>
    tenantDb(scene.businessId).$transaction(async (tx) => {
      const contacts = await tx.contact.findMany({
        orderBy: { createdAt: "asc" },
        include: { addresses: { where: { validUntil: null }, orderBy: { kind: "desc" } } },
      });
      return contacts.map(({ addresses }) => addresses.map(({ value }) => value));
    });
  /** Where a reply in the only conversation goes. */
  const replyGoesTo = async () => {
    const { id } = await tenantDb(scene.businessId).$transaction((tx) => tx.conversation.findFirstOrThrow());
    await enqueue({ ...scene, conversationId: id, customer: "" }, "reply");
    await deliver(jobContext(scene.businessId), id);
    return graph.accepted.map(({ to }) => to);
  };
  const alerts = () =>
    tenantDb(scene.businessId).$transaction(async (tx) => (await tx.alert.findMany()).map(({ kind }) => kind));

  test("a known user id with a new phone is answered at the new phone", async () => {
    const [old, now] = [digits(12), digits(12)];
    await receive(from(old, "GB.1", "hello"), from(now, "GB.1", "hello again"));
    expect(await current()).toEqual([[now, "GB.1"]]);
    expect(await replyGoesTo()).toEqual([now]);
  });

  test("a known phone with a new user id keeps the contact, also for the user id alone", async () => {
    const phone = digits(12);
    await receive(from(phone, "GB.1", "one"), from(phone, "GB.2", "two"), from(null, "GB.2", "three"));
    expect(await current()).toEqual([[phone, "GB.2"]]);
  });

  test("a message of before the change that comes late does not change it back", async () => {
    const [old, now] = [digits(12), digits(12)];
    const early = new Date(Date.now() - 60_000);
    await receive(from(old, "GB.1", "one", early), from(now, "GB.1", "three"));
    await receive(from(old, "GB.1", "two", new Date(early.getTime() + 5_000)));
    expect(await current()).toEqual([[now, "GB.1"]]);
  });

  test("several in one delivery leave the last", async () => {
    const [old, now] = [digits(12), digits(12)];
    const first = from(old, "GB.1", "one") as { entry: object[] };
    const second = from(now, "GB.1", "two") as { entry: object[] };
    await receive({ ...first, entry: [...first.entry, ...second.entry] });
    expect(await current()).toEqual([[now, "GB.1"]]);
  });

  test("an update of the user id moves it", async () => {
    const phone = digits(12);
    await receive(from(phone, "GB.1", "one"));
    const change = { wa_id: phone, user_id: { previous: "GB.1", current: "GB.2" }, timestamp: "1760000000" };
    await receive(envelope(scene.phoneNumberId, { user_id_update: [change] }, "user_id_update"));
    expect(await current()).toEqual([[phone, "GB.2"]]);
    await receive(from(null, "GB.2", "two"));
    expect(await current()).toHaveLength(1);
  });

  test("a new number that wrote before the change was told: both contacts stay usable, and the business is told", async () => {
    const [old, now] = [digits(12), digits(12)];
    await receive(
      envelope(scene.phoneNumberId, { messages: [textMessage(old, "from the old")] }),
      envelope(scene.phoneNumberId, { messages: [textMessage(now, "from the new")] }),
      movedTo(old, now),
    );
    expect(await current()).toEqual([[old], [now]]);
    expect(await alerts()).toEqual(["provider_notice"]);
  });

  test("a change that is delivered twice leaves nobody behind at the old number", async () => {
    const [old, now] = [digits(12), digits(12)];
    await receive(envelope(scene.phoneNumberId, { messages: [textMessage(old, "hello")] }));
    const moved = movedTo(old, now);
    await receive(moved, moved);
    expect(await current()).toEqual([[now]]);
  });
});
