import { once } from "node:events";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { describe, expect, it } from "vitest";
import { z } from "zod";
import {
  AppError,
  AuthenticationError,
  IntegrationError,
  noAnswer,
  OperationalError,
  RateLimitError,
  refusedInput,
  toAppError,
  ValidationError,
} from "./error-handler";
import { ERRORS } from "./errors/table";

const failing = (fields: object) => Object.assign(new Error("raw words of the database"), fields);

describe("an error that nobody foresaw", () => {
  it.each([new Error("no"), new TypeError("no"), failing({ code: "ENOENT" }), "no", null, undefined, 7, {}])(
    "is a fault of ours, with the cause kept: %s",
    (thrown) => {
      const error = toAppError(thrown);
      expect(error).toMatchObject({ code: "INTERNAL_ERROR", cause: thrown, isOperational: false });
      expect(error.message).toBe(ERRORS.INTERNAL_ERROR.message);
    },
  );

  it("stays one when a schema breaks inside, where nobody sent anything", () => {
    const { error } = z.string().safeParse(7);
    expect(toAppError(error).code).toBe("INTERNAL_ERROR");
  });

  it("does not take the name of a property every object has for a code", () => {
    expect(toAppError(failing({ code: "constructor" })).code).toBe("INTERNAL_ERROR");
  });
});

describe("an error of the database", () => {
  it.each([
    [{ code: "P2002" }, "ALREADY_EXISTS"],
    [{ code: "P2010", meta: { driverAdapterError: { cause: { originalCode: "23505" } } } }, "ALREADY_EXISTS"],
    [{ code: "P2003", meta: { driverAdapterError: { cause: { originalCode: "23001" } } } }, "RECORD_IN_USE"],
    [{ cause: failing({ code: "40P01" }) }, "WRITE_CONFLICT"],
    [{ code: "P2034" }, "WRITE_CONFLICT"],
    [{ code: "57014" }, "QUERY_TIMEOUT"],
    [{ code: "P2028", message: "Transaction already closed: the timeout was 15000 ms" }, "QUERY_TIMEOUT"],
    [{ code: "P2028", message: "Unable to start a transaction in the given time" }, "DATABASE_UNAVAILABLE"],
    [{ code: "ECONNREFUSED" }, "DATABASE_UNAVAILABLE"],
    [{ code: "57P01" }, "DATABASE_UNAVAILABLE"],
    [{ code: "53300" }, "OUT_OF_CONNECTIONS"],
  ])("%j is %s", (fields, code) => {
    const error = toAppError(failing(fields));
    expect(error.code).toBe(code);
    expect(error.message).not.toContain("raw words");
  });

  it("says when to come back, if coming back can help", () => {
    const after = (code: string) => toAppError(failing({ code })).headers["Retry-After"];
    expect([after("57014"), after("40001"), after("23505")]).toEqual(["5", "1", undefined]);
  });
});

describe("an error of a known kind", () => {
  it("keeps its class and is operational", () => {
    const errors = [
      new AuthenticationError(),
      new ValidationError([]),
      new RateLimitError(3),
      new IntegrationError("whatsapp", "INTEGRATION_FAILED"),
    ];
    for (const error of errors) {
      expect(toAppError(error)).toBe(error);
      expect(error).toBeInstanceOf(OperationalError);
      expect(error).toBeInstanceOf(AppError);
      expect(error.isOperational).toBe(true);
    }
    expect(errors.map(({ code }) => ERRORS[code].status)).toEqual([401, 400, 429, 503]);
  });

  it("is a system error when the program does not fit its database", () => {
    expect(toAppError(failing({ code: "42P01" }))).toMatchObject({ code: "MIGRATION_MISSING", isOperational: false });
  });

  it.each([
    [0, "1"],
    [0.2, "1"],
    [12.1, "13"],
  ])("a limit with %d seconds left says Retry-After: %s", (seconds, header) => {
    expect(new RateLimitError(seconds).headers).toEqual({ "Retry-After": header });
  });
});

describe("refused input", () => {
  it("names each field, the unknown ones too", () => {
    const schema = z.strictObject({ lead: z.strictObject({ name: z.string("Required field") }) });
    const { error } = schema.safeParse({ lead: { nmae: "Ada" }, colour: "red" });
    expect(error && refusedInput(error).details).toEqual([
      { field: "lead.name", message: "Required field" },
      { field: "lead.nmae", message: "Unknown field" },
      { field: "colour", message: "Unknown field" },
    ]);
  });
});

describe("a service that gives no answer", () => {
  it("was too slow when the deadline ended the request", async () => {
    const server = createServer(() => {});
    await once(server.listen(0, "127.0.0.1"), "listening");
    const { port } = server.address() as AddressInfo;
    const request = fetch(`http://127.0.0.1:${port}`, { signal: AbortSignal.timeout(20) });
    const cause: unknown = await request.catch((thrown: unknown) => thrown);
    server.closeAllConnections();
    server.close();
    expect(noAnswer("webhook", cause)).toMatchObject({ code: "INTEGRATION_TIMEOUT", integration: "webhook", cause });
  });

  it("is not the database, whose connection is refused in the same words", () => {
    const cause = Object.assign(new TypeError("fetch failed"), { cause: failing({ code: "ECONNREFUSED" }) });
    expect(toAppError(noAnswer("webhook", cause)).code).toBe("INTEGRATION_UNREACHABLE");
  });
});
