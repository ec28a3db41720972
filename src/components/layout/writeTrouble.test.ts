import { MutationObserver, QueryClient } from "@tanstack/react-query";
import { expect, it, vi } from "vitest";
import type { Trouble } from "@/components/ui/TroubleToast";
import { ApiError } from "@/lib/http/client";
import { watchWrites } from "./writeTrouble";

const refused = (status: number) =>
  new ApiError(status, { code: "X", supportCode: "E3001", message: "No", userMessage: "Wait" });

/** A write whose runs end as told, one after the other, and the toasts that came of it. */
function write(endings: (Error | "ok")[], verb: string | undefined = "save") {
  const shown: (Trouble | null)[] = [];
  const client = new QueryClient({ mutationCache: watchWrites((trouble) => shown.push(trouble)) });
  const run = vi.fn((_variables: string) => {
    const ending = endings.shift() ?? "ok";
    return ending === "ok" ? Promise.resolve("saved") : Promise.reject(ending);
  });
  const observer = new MutationObserver(client, { mutationFn: run, networkMode: "always", meta: verb ? { verb } : {} });
  return { shown, run, start: () => observer.mutate("the name").catch(() => undefined), observer };
}

it.each([0, 500, 503])("tells of a write that met an outage (status %i)", async (status) => {
  const error = refused(status);
  const { shown, start } = write([error]);
  await start();
  expect(shown.at(-1)).toMatchObject({ error, verb: "save" });
});

it.each([400, 409, 404])("leaves a refusal (%i) to the place it belongs to", async (status) => {
  const { shown, start } = write([refused(status)]);
  await start();
  expect(shown).toEqual([null]);
});

it("leaves a write that must not run twice to its own page", async () => {
  const { shown, start } = write([refused(503)], "");
  await start();
  expect(shown).toEqual([]);
});

it("runs the same write again at Retry, and the toast goes when it does", async () => {
  const { shown, run, start, observer } = write([refused(503), refused(503), "ok"]);
  await start();
  shown.at(-1)?.retry();
  await vi.waitFor(() => expect(shown).toHaveLength(4));
  shown.at(-1)?.retry();
  await vi.waitFor(() => expect(observer.getCurrentResult()).toMatchObject({ status: "success", data: "saved" }));
  expect(run.mock.calls.map(([variables]) => variables)).toEqual(["the name", "the name", "the name"]);
  expect(shown.at(-1)).toBeNull();
});
