import { pino } from "pino";
import { v7 as uuidv7 } from "uuid";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import type { Ctx } from "@/lib/context";
import { openDesk, type Desk, type Shop } from "./deskRows";

let desk: Desk;
let close: () => Promise<void>;
let lib: Awaited<ReturnType<typeof load>>;

async function load() {
  return {
    ...(await import("@/lib/db")),
    ...(await import("@/lib/alerts/queries")),
    ...(await import("@/lib/alerts/dismissAlert")),
    ...(await import("@/lib/channels/resumeChannel")),
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
    now: () => new Date(),
  };
}

async function openAlerts(shop: Shop) {
  const { db, businessId } = ctxOf(shop);
  return (await db.$transaction((tx) => lib.listOpenAlerts(tx, businessId, { limit: 50 }))).items;
}

function raise(shop: Shop, kind: "uncertain_send" | "channel_paused", subject: string): Promise<void> {
  return ctxOf(shop).db.$transaction((tx) =>
    lib.raiseAlert(tx, shop.businessId, { kind, subject, message: "Trouble" }),
  );
}

function told(shop: Shop) {
  return desk.rows(`SELECT data FROM "Event" WHERE "businessId" = $1 AND kind = 'alert.changed'`, [shop.businessId]);
}

describe("an alert", () => {
  it("of another business, or none at all, cannot be dismissed", async () => {
    const [mine, other] = [await desk.shop(), await desk.shop("Other")];
    await raise(other, "uncertain_send", uuidv7());
    const [theirs] = await openAlerts(other);
    for (const id of [theirs?.id ?? "", uuidv7()])
      await expect(lib.dismissAlert(ctxOf(mine), id)).rejects.toMatchObject({ code: "NOT_FOUND" });
    expect(await openAlerts(mine)).toEqual([]);
    expect(await openAlerts(other)).toHaveLength(1);
  });

  it("is dismissed once, however often, and the same trouble afterwards is a new one", async () => {
    const shop = await desk.shop();
    const subject = uuidv7();
    await raise(shop, "uncertain_send", subject);
    await raise(shop, "uncertain_send", subject);
    const [alert] = await openAlerts(shop);
    expect(alert).toMatchObject({ subject, count: 2, resolvedAt: null, businessId: shop.businessId });
    const id = alert?.id ?? "";
    const first = await lib.dismissAlert(ctxOf(shop), id);
    expect(first.resolvedAt).not.toBeNull();
    expect(await lib.dismissAlert(ctxOf(shop), id)).toEqual(first);
    expect(await openAlerts(shop)).toEqual([]);
    expect(await desk.rows(`SELECT actor FROM "Activity" WHERE "entityId" = $1`, [id])).toEqual([
      { actor: `user:${shop.ownerId}` },
    ]);
    expect(await told(shop)).toHaveLength(3);
    await raise(shop, "uncertain_send", subject);
    expect(await openAlerts(shop)).toMatchObject([{ subject, count: 1 }]);
  });

  it("is resolved by its kind and subject, and no other with it", async () => {
    const [shop, other] = [await desk.shop(), await desk.shop("Other")];
    const subject = uuidv7();
    await raise(shop, "uncertain_send", subject);
    await raise(shop, "uncertain_send", uuidv7());
    await raise(shop, "channel_paused", subject);
    await raise(other, "uncertain_send", subject);
    const resolve = () =>
      ctxOf(shop).db.$transaction((tx) => lib.resolveAlert(tx, shop.businessId, "uncertain_send", subject));
    await resolve();
    await resolve();
    expect((await openAlerts(shop)).filter((alert) => alert.subject === subject)).toMatchObject([
      { kind: "channel_paused" },
    ]);
    expect([(await openAlerts(shop)).length, (await openAlerts(other)).length]).toEqual([2, 1]);
    expect(await told(shop)).toHaveLength(4);
  });
});

describe("a paused channel", () => {
  const pause = (shop: Shop) =>
    desk.sql.query(`UPDATE "Channel" SET status = 'PAUSED', "pausedReason" = 'Token' WHERE id = $1`, [shop.channelId]);

  it("of another business cannot be resumed", async () => {
    const [mine, other] = [await desk.shop(), await desk.shop("Other")];
    await pause(other);
    await expect(lib.resumeChannel(ctxOf(mine), other.channelId)).rejects.toMatchObject({ code: "NOT_FOUND" });
    expect(await desk.rows(`SELECT status FROM "Channel" WHERE id = $1`, [other.channelId])).toEqual([
      { status: "PAUSED" },
    ]);
  });

  it("sends again once resumed; its alert is closed and the activity written, once", async () => {
    const shop = await desk.shop();
    await pause(shop);
    await raise(shop, "channel_paused", shop.channelId);
    const resumed = await lib.resumeChannel(ctxOf(shop), shop.channelId);
    expect(resumed).toMatchObject({ status: "ACTIVE", pausedReason: null, version: 2 });
    expect(await lib.resumeChannel(ctxOf(shop), shop.channelId)).toEqual(resumed);
    expect(await openAlerts(shop)).toEqual([]);
    expect(await desk.rows(`SELECT action, before FROM "Activity" WHERE "entityId" = $1`, [shop.channelId])).toEqual([
      { action: "channel.resumed", before: { status: "PAUSED", pausedReason: "Token" } },
    ]);
  });
});
