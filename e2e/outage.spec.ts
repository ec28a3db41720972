import { test } from "@playwright/test";
import { expect, newCustomer, openConversation, openPhone, signIn } from "./desk";

test("a write that meets an outage is one toast, and Retry there does what was asked", async ({ page, context }) => {
  const customer = newCustomer();
  await signIn(page);
  const phone = await openPhone(context, customer);
  await phone.write("My boiler makes a noise");
  await expect(phone.answers).toHaveCount(1);
  await openConversation(page, customer);

  let tries = 0;
  await page.route("**/takeover", (route) => (++tries <= 2 ? route.abort() : route.continue()));
  await page.getByRole("button", { name: "Take over" }).click();
  const toast = page.getByRole("alert").filter({ hasText: "Unable to change who answers (E4001)" });
  await expect(toast).toHaveCount(1);
  await toast.getByRole("button", { name: "Retry" }).click();
  await expect.poll(() => tries).toBe(2);
  await expect(toast).toHaveCount(1);
  await toast.getByRole("button", { name: "Retry" }).click();
  await expect(toast).toHaveCount(0);
  await expect(page.getByRole("button", { name: "Hand back" })).toBeVisible();
});
