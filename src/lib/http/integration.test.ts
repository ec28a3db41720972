import { randomUUID } from "node:crypto";
import { afterEach, beforeEach, expect, it, vi } from "vitest";
import { setTestEnvironment } from "../../../tests/fixtures/scene";
import { integration } from "./integration";

const LONGER_THAN_ANY_PAUSE_MS = 61_000;

beforeEach(() => {
  setTestEnvironment("postgresql://nobody@127.0.0.1:1/none");
  vi.useFakeTimers({ toFake: ["Date"] });
});
afterEach(() => void vi.useRealTimers());

const open = { code: "CIRCUIT_OPEN" };
const ok = () => Promise.resolve("ok");
const down = () => Promise.reject(new Error("down"));

async function failing(times: number) {
  const service = integration(randomUUID());
  for (let time = 0; time < times; time++) await expect(service.run(down)).rejects.toThrow("down");
  return service;
}

it("asks nothing more of a service that failed five times in a row", async () => {
  const service = await failing(5);
  const request = vi.fn(ok);
  await expect(service.run(request)).rejects.toMatchObject(open);
  expect(request).not.toHaveBeenCalled();
});

it("counts an answer that is an outage, and hands it back", async () => {
  const service = integration(randomUUID());
  const ask = () =>
    service.run(
      () => Promise.resolve(503),
      (status) => status >= 500,
    );
  for (let time = 0; time < 5; time++) expect(await ask()).toBe(503);
  await expect(ask()).rejects.toMatchObject(open);
});

it("goes on after four failures, and counts anew after a success", async () => {
  const service = await failing(4);
  expect(await service.run(ok)).toBe("ok");
  for (let time = 0; time < 4; time++) await expect(service.run(down)).rejects.toThrow("down");
  expect(await service.run(ok)).toBe("ok");
});

it("lets one request try after a pause, refuses the others meanwhile, and closes when it succeeds", async () => {
  const service = await failing(5);
  vi.setSystemTime(Date.now() + LONGER_THAN_ANY_PAUSE_MS);
  const { promise, resolve } = Promise.withResolvers<string>();
  const first = service.run(() => promise);
  await expect(service.run(ok)).rejects.toMatchObject(open);
  resolve("back");
  expect(await first).toBe("back");
  expect(await service.run(ok)).toBe("ok");
});

it("stays open when the one that tries fails", async () => {
  const service = await failing(5);
  vi.setSystemTime(Date.now() + LONGER_THAN_ANY_PAUSE_MS);
  await expect(service.run(down)).rejects.toThrow("down");
  await expect(service.run(ok)).rejects.toMatchObject(open);
});

it("keeps one service's failures from another", async () => {
  await failing(5);
  expect(await integration(randomUUID()).run(ok)).toBe("ok");
});
