import { execFile } from "node:child_process";
import path from "node:path";
import { afterAll, beforeAll, expect, it } from "vitest";
import type * as AdmitModule from "@/lib/auth/admit";
import { openDesk, type Desk } from "./deskRows";

const ROOT = path.resolve(import.meta.dirname, "../..");
const ADA = "ada@example.org";

let desk: Desk;
let close: () => Promise<void>;
let admit: (typeof AdmitModule)["admit"];

beforeAll(async () => {
  ({ desk, close } = await openDesk());
  ({ admit } = await import("@/lib/auth/admit"));
});
afterAll(() => close());

/** Runs `npm run invite`. */
function invite(...args: string[]): Promise<{ code: number; stdout: string; stderr: string }> {
  const tsx = path.join(ROOT, "node_modules/tsx/dist/cli.mjs");
  const env = {
    ...process.env,
    FRONTDESK_DEMO: "0",
    WHATSAPP_PHONE_NUMBER_ID: "200000000000002",
    WHATSAPP_ACCESS_TOKEN: "a-token-of-meta",
  };
  return new Promise((resolve) => {
    execFile(process.execPath, [tsx, "scripts/invite.ts", ...args], { cwd: ROOT, env }, (error, stdout, stderr) =>
      resolve({ code: error ? Number(error.code) : 0, stdout, stderr }),
    );
  });
}

function signIn(email: string) {
  return admit(
    { provider: "oidc", providerAccountId: email, email, emailVerified: true, name: null, image: null },
    undefined,
  );
}

it("refuses what is no time zone, country or currency, and makes nothing", async () => {
  for (const [flag, value] of [
    ["--time-zone", "Mars/Olympus"],
    ["--country", "Germany"],
    ["--currency", "EURO"],
    ["--business-name", " "],
    ["--business", "0198aaaa-0000-7000-8000-000000000000"],
  ] as const) {
    const result = await invite(
      "--email",
      ADA,
      ...(flag === "--business-name" ? [] : ["--business-name", "Ada"]),
      flag,
      value,
    );
    expect([flag, result.code, result.stderr.startsWith(`${flag}: `)]).toEqual([flag, 1, true]);
  }
  expect(await desk.rows(`SELECT FROM "Business"`)).toEqual([]);
  expect(await desk.rows(`SELECT FROM "Invite"`)).toEqual([]);
});

it("makes a business with its owner, and binds the environment's number to it", async () => {
  const where = ["--time-zone", "Europe/Berlin", "--country", "de", "--currency", "eur"];
  const { code, stdout } = await invite("--email", ADA, "--admin", "--business-name", "Ada's pipes", ...where);
  expect(code).toBe(0);
  expect(stdout).toContain("/sign-in?invite=");
  const { userId } = (await signIn(ADA)) as { userId: string };
  expect(
    await desk.rows(
      `SELECT b.name, b."timeZone", b.country, b.currency, m.role, u."isAdmin", c."phoneNumberId", c.mode
       FROM "Business" b JOIN "Member" m ON m."businessId" = b.id JOIN "User" u ON u.id = m."userId"
       JOIN "Channel" c ON c."businessId" = b.id WHERE u.id = $1`,
      [userId],
    ),
  ).toEqual([
    {
      name: "Ada's pipes",
      timeZone: "Europe/Berlin",
      country: "DE",
      currency: "EUR",
      role: "OWNER",
      isAdmin: true,
      phoneNumberId: "200000000000002",
      mode: "GRAPH",
    },
  ]);
});

it("gives a business to somebody who signed in without one", async () => {
  const grace = "grace@example.org";
  await desk.user({ email: grace });
  expect(await invite("--email", grace)).toMatchObject({
    code: 1,
    stderr: expect.stringContaining("has an account already") as string,
  });
  expect((await invite("--email", grace, "--business-name", "Grace")).stdout).toContain("next sign-in");
  const { userId } = (await signIn(grace)) as { userId: string };
  const found = await desk.rows(
    `SELECT b.name, b.country, m.role FROM "Business" b JOIN "Member" m ON m."businessId" = b.id WHERE m."userId" = $1`,
    [userId],
  );
  expect(found).toEqual([{ name: "Grace", country: "US", role: "OWNER" }]);
});
