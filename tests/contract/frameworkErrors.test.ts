import { request } from "node:http";
import { afterAll, beforeAll, expect, test } from "vitest";
import { startApp, type TestApp } from "./app";

let app: TestApp;

beforeAll(async () => {
  app = await startApp();
});
afterAll(() => app.stop());

/** Straight to the socket: fetch refuses some of these methods and tidies addresses. */
function ask(
  method: string,
  path: string,
): Promise<{ status: number; headers: Record<string, unknown>; body: string }> {
  const { hostname, port } = new URL(app.baseUrl);
  return new Promise((resolve, reject) => {
    const sent = request({ hostname, port, method, path }, (response) => {
      let body = "";
      response.on("data", (part: Buffer) => (body += part.toString()));
      response.on("end", () => resolve({ status: response.statusCode ?? 0, headers: response.headers, body }));
    });
    sent.on("error", reject);
    sent.end();
  });
}

test.each([
  ["GET", "/api/no-such-address", 404, "NOT_FOUND"],
  ["GET", "/api", 404, "NOT_FOUND"],
  ["POST", "/api/no/such/address", 404, "NOT_FOUND"],
  ["GET", "/api/%ff", 404, "NOT_FOUND"],
  ["GET", "/api/conversations/%E0%A4%A", 404, "NOT_FOUND"],
  ["DELETE", "/api/health", 405, "METHOD_NOT_ALLOWED"],
  ["TRACE", "/api/health", 405, "METHOD_NOT_ALLOWED"],
  ["PUT", "/api/ping", 405, "METHOD_NOT_ALLOWED"],
])("%s %s answers %i in the contract's words", async (method, path, status, code) => {
  const answer = await ask(method, path);
  expect(answer.status).toBe(status);
  expect(answer.headers["content-type"]).toContain("application/json");
  expect(answer.headers["x-request-id"]).toMatch(/^[0-9a-f-]{36}$/);
  expect(JSON.parse(answer.body)).toMatchObject({
    success: false,
    error: { code, supportCode: expect.stringMatching(/^E[1-5]\d{3}$/) },
  });
});

test("a page that cannot be decoded is no business of the API's", async () => {
  expect((await ask("GET", "/%ff")).body).not.toContain("supportCode");
});
