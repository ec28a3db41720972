import { expect, it } from "vitest";
import { parseEnv } from "./env";

const GOOD = {
  DATABASE_URL: "postgresql://127.0.0.1/frontdesk",
  NEXTAUTH_SECRET: "s".repeat(32),
  ENCRYPTION_KEY: "k".repeat(32),
};

it("needs 32 characters in each of the encryption keys", () => {
  const [a, b] = ["a".repeat(32), "b".repeat(32)];
  for (const ENCRYPTION_KEY of [a, `${a},${b}`, `${a}, ${b}`])
    expect(parseEnv({ ...GOOD, ENCRYPTION_KEY })).toMatchObject({ ENCRYPTION_KEY });
  for (const ENCRYPTION_KEY of [
    `${a},`,
    `${a},short`,
    `short,${a}`,
    `${"a".repeat(20)},${"b".repeat(20)}`,
    `${a},${" ".repeat(32)}`,
  ])
    expect(() => parseEnv({ ...GOOD, ENCRYPTION_KEY })).toThrow(/ENCRYPTION_KEY: needs 32 characters or more in each/);
});
