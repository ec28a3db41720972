import { test } from "@playwright/test";
import { expect, messages, newCustomer, openConversation, openPhone, signIn } from "./desk";

test("five deliveries at once give one reply; a sixth past the inbound guard is stopped by the outbound key", async ({
  page,
  context,
}) => {
  const customer = newCustomer();
  await signIn(page);
  const phone = await openPhone(context, customer);
  await phone.write("My gutter is blocked", { fiveTimes: true });
  await expect(phone.answers).toHaveCount(1);

  await openConversation(page, customer);
  await page.getByRole("link", { name: "Debug" }).click();
  const panel = page.getByRole("region", { name: "Debug panel" });
  const inbound = panel.getByRole("list", { name: "Messages in" }).getByRole("listitem");
  const replies = panel.getByRole("list", { name: "Replies" }).getByRole("listitem");
  await expect(inbound).toHaveCount(1);
  await expect(inbound).toContainText("4 duplicates");
  await expect(replies).toHaveCount(1);
  await expect(replies).toContainText("0 collisions");

  await panel.getByRole("button", { name: "Simulate webhook retry" }).click();
  const result = panel.getByRole("status", { name: "Result of the retry" });
  await expect(result).toContainText("Blocked");
  await expect(result).toContainText("Stopped at: outbound dedupe key");
  await expect(replies).toContainText("1 collision");
  await expect(messages(page, "Receptionist")).toHaveCount(1);
  await expect(phone.answers).toHaveCount(1);
});

test("the admin pages show the figures and the deliveries as they were kept", async ({ page, context }) => {
  const customer = newCustomer();
  await signIn(page);
  const phone = await openPhone(context, customer);
  await phone.write("Can somebody look at my roof?");
  await expect(phone.answers).toHaveCount(1);

  await page.getByRole("link", { name: "Health" }).click();
  await expect(page.getByRole("region", { name: "Last replies" }).getByRole("row")).not.toHaveCount(0);
  await page.getByRole("link", { name: "Deliveries" }).click();
  const delivery = page.getByRole("list", { name: "Deliveries" }).getByRole("listitem").first();
  await delivery.locator("summary").click();
  await expect(delivery).toContainText("whatsapp_business_account");
});
