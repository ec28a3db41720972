import { test } from "@playwright/test";
import { expect, signIn } from "./desk";

const CHANNEL = "01930000-0000-7000-8000-0000000000c1";
const AT = "2026-03-01T12:00:00.000Z";
const PAUSED = {
  id: "01930000-0000-7000-8000-0000000000a1",
  businessId: "01930000-0000-7000-8000-000000000001",
  kind: "channel_paused",
  subject: CHANNEL,
  message: "Sending is paused: the access token has expired (WhatsApp 190)",
  count: 3,
  createdAt: AT,
  lastAt: AT,
  resolvedAt: null,
};

test("an owner reads in the inbox what is wrong, in words, and resumes the channel there", async ({ page }) => {
  let open = [PAUSED];
  const resumed: string[] = [];
  await page.route("**/api/alerts", (route) => route.fulfill({ json: open }));
  await page.route("**/api/channels/*/resume", (route) => {
    resumed.push(new URL(route.request().url()).pathname);
    open = [];
    return route.fulfill({ json: {} });
  });
  await signIn(page);
  const alerts = page.getByRole("region", { name: "Alerts" });
  await expect(alerts).toContainText("A channel is paused. Sending is paused: the access token has expired");
  await expect(alerts).not.toContainText(CHANNEL);
  await expect(page.getByRole("link", { name: /^Inbox 1 alert$/ })).toBeVisible();

  await alerts.getByRole("button", { name: "Resume the channel" }).click();
  await expect(alerts).toHaveCount(0);
  expect(resumed).toEqual([`/api/channels/${CHANNEL}/resume`]);
});
