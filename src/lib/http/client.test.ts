import { afterEach, expect, it, vi } from "vitest";
import { z } from "zod";
import { ERRORS } from "@/lib/errors/table";
import { api } from "./client";

afterEach(() => vi.unstubAllGlobals());

it("says of a server that gives no answer what the table of errors says", async () => {
  vi.stubGlobal("fetch", () => Promise.reject(new TypeError("Failed to fetch")));
  const { supportCode, message, userMessage } = ERRORS.UNREACHABLE;
  await expect(api("/api/leads", z.unknown())).rejects.toMatchObject({
    status: 0,
    code: "UNREACHABLE",
    supportCode,
    message,
    userMessage,
  });
});
