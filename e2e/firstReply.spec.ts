import { test } from "@playwright/test";
import { expect, messages, newCustomer, openConversation, openPhone, signIn } from "./desk";

/** What a live page may take to show a message, measured from its sending. */
const LIVE = { timeout: 5_000 };

test("a message gets exactly one answer, and the inbox and the lead show it without a reload", async ({
  page,
  context,
}) => {
  const customer = newCustomer();
  await signIn(page);
  await page.evaluate(() => (window.name = "not reloaded"));
  const phone = await openPhone(context, customer);

  await phone.write("Hello, my kitchen sink is leaking");
  await expect(phone.answers).toHaveCount(1);

  await openConversation(page, customer);
  await expect(messages(page, "my kitchen sink is leaking")).toHaveCount(1);
  await expect(messages(page, "Receptionist")).toHaveCount(1);
  await expect(messages(page, /Receptionist.*(Sent|Delivered|Read)/)).toHaveCount(1);

  const lead = page.getByRole("region", { name: "Lead" });
  await expect(lead.getByText("Service")).toBeVisible();
  await phone.write("It is at 12 Oak Street");
  await expect(messages(page, "It is at 12 Oak Street")).toHaveCount(1, LIVE);
  await expect(lead).toContainText("12 Oak Street", LIVE);
  await expect(phone.answers).toHaveCount(2);
  await expect(messages(page, "Receptionist")).toHaveCount(2);

  await lead.getByRole("button", { name: "12 Oak Street" }).focus();
  await expect(lead.getByRole("tooltip").filter({ hasText: "12 Oak Street" })).toContainText("% sure");
  await test.step("nothing was reloaded", async () => {
    expect(await page.evaluate(() => window.name)).toBe("not reloaded");
  });
});

test("a stranger is sent to the sign-in page, and told why a sign-in failed", async ({ page }) => {
  await page.goto("/inbox");
  await page.waitForURL("**/sign-in");
  await page.goto("/sign-in?error=InviteNeeded");
  await expect(page.getByRole("alert").filter({ hasText: "invite code" })).toBeVisible();
});

test("who signs out is signed out", async ({ page }) => {
  await signIn(page);
  await page.getByRole("button", { name: /account/ }).click();
  await page.getByRole("button", { name: "Sign out" }).click();
  await page.waitForURL("**/sign-in");
  await page.goto("/inbox");
  await page.waitForURL("**/sign-in");
});
