import net from "node:net";
import { afterAll, beforeAll, describe, expect, it, vi } from "vitest";
import type { checkHealth as look } from "@/lib/health/health";
import { openDesk, type Desk } from "./deskRows";

let desk: Desk;
let close: () => Promise<void>;
let line: Awaited<ReturnType<typeof breakableLine>>;
let checkHealth: typeof look;

beforeAll(async () => {
  ({ desk, close } = await openDesk());
  line = await breakableLine(String(process.env.DATABASE_URL));
  process.env.DATABASE_URL = line.url;
  ({ checkHealth } = await import("@/lib/health/health"));
});
afterAll(async () => {
  line.mend();
  const { stopSender } = await import("@/lib/queue/queue");
  await stopSender();
  await close();
  await line.close();
});

describe("health", () => {
  it("is down, and says so, while the database takes connections and never answers, and well again afterwards", async () => {
    expect(await checkHealth()).toMatchObject({ status: "ok", parts: { database: { status: "ok" } } });
    line.hold();
    // With the connections of before, then with none that can be made.
    for (let n = 0; n < 2; n++)
      expect(await checkHealth()).toMatchObject({
        status: "down",
        parts: { database: { status: "down" }, queue: { status: "degraded" }, whatsapp: { status: "degraded" } },
      });
    line.mend();
    await vi.waitFor(async () => expect(await checkHealth()).toMatchObject({ status: "ok" }), { timeout: 20_000 });
  });

  it("is degraded while a channel is paused", async () => {
    const { channelId } = await desk.shop();
    await desk.sql.query(`UPDATE "Channel" SET status = 'PAUSED' WHERE id = $1`, [channelId]);
    expect(await checkHealth()).toMatchObject({
      status: "degraded",
      parts: { database: { status: "ok" }, queue: { status: "ok" }, whatsapp: { status: "degraded" } },
    });
    await desk.sql.query(`UPDATE "Channel" SET status = 'ACTIVE' WHERE id = $1`, [channelId]);
    expect(await checkHealth()).toMatchObject({ status: "ok" });
  });

  it("is degraded while a job that is due waits for minutes, not for one that is due later", async () => {
    const { systemDb } = await import("@/lib/db");
    const { sendJobs } = await import("@/lib/queue/queue");
    const add = (startAfter: Date) =>
      systemDb().$transaction((tx) =>
        sendJobs(tx, "ingest", [{ data: { rawEventId: "none" }, singletonKey: startAfter.toISOString(), startAfter }]),
      );
    await add(new Date(Date.now() + 3_600_000));
    expect(await checkHealth()).toMatchObject({ status: "ok", parts: { queue: { oldestWaitingSeconds: 0 } } });
    await add(new Date(Date.now() - 300_000));
    const { status, parts } = await checkHealth();
    expect([status, parts.queue.status]).toEqual(["degraded", "degraded"]);
    expect(parts.queue.oldestWaitingSeconds).toBeGreaterThanOrEqual(300);
  });
});

/** A connection to the database that can be made to hang, as a network does that drops packets. */
async function breakableLine(target: string) {
  const { hostname, port } = new URL(target);
  const sockets = new Set<net.Socket>();
  let held = false;
  const server = net.createServer((near) => {
    const far = net.connect(Number(port), hostname);
    for (const [from, to] of [
      [near, far],
      [far, near],
    ] as const) {
      sockets.add(from);
      from.pipe(to);
      from.on("error", () => to.destroy());
      from.on("close", () => sockets.delete(from));
      if (held) from.pause();
    }
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const url = new URL(target);
  url.host = `127.0.0.1:${(server.address() as net.AddressInfo).port}`;
  return {
    url: url.href,
    hold: () => {
      held = true;
      for (const socket of sockets) socket.pause();
    },
    mend: () => {
      held = false;
      for (const socket of sockets) socket.resume();
    },
    close: async () => {
      for (const socket of sockets) socket.destroy();
      await new Promise((resolve) => server.close(resolve));
    },
  };
}
