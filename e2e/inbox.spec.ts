import { test } from "@playwright/test";
import { expect, messages, newCustomer, openConversation, openPhone, signIn } from "./desk";

test("an owner's reply goes out once, and reaches the customer's phone", async ({ page, context }) => {
  const customer = newCustomer();
  await signIn(page);
  const phone = await openPhone(context, customer);
  await phone.write("Do you repair boilers?");
  await expect(phone.answers).toHaveCount(1);
  await openConversation(page, customer);

  const reply = page.getByRole("textbox", { name: /^Reply to/ });
  await reply.fill("We do.");
  await reply.press("Shift+Enter");
  await reply.pressSequentially("Shall we come at noon?");
  await reply.press("Enter");

  await expect(reply).toHaveValue("");
  await expect(messages(page, /Shall we come at noon\?.*(Sent|Delivered|Read)/)).toHaveCount(1);
  await expect(phone.answers.filter({ hasText: "Shall we come at noon?" })).toHaveCount(1);
  await expect(page.getByText("the receptionist is silent")).toBeVisible();
});

test("taking over silences the receptionist until the conversation is handed back", async ({ page, context }) => {
  const customer = newCustomer();
  await signIn(page);
  const phone = await openPhone(context, customer);
  await phone.write("Hello, I need an electrician");
  await expect(phone.answers).toHaveCount(1);
  await openConversation(page, customer);

  await page.getByRole("button", { name: "Take over" }).click();
  await expect(page.getByText("the receptionist is silent")).toBeVisible();
  await phone.write("Are you still there?");
  await expect(messages(page, "Are you still there?")).toHaveCount(1);
  await page.getByRole("link", { name: "Debug" }).click();
  const inbound = page.getByRole("list", { name: "Messages in" }).getByRole("listitem");
  await expect(inbound).toHaveCount(2);
  await expect(inbound.filter({ hasText: "processed" })).toHaveCount(2);
  await expect(phone.answers).toHaveCount(1);

  await page.getByRole("button", { name: "Hand back" }).click();
  await expect(page.getByText("The receptionist answers")).toBeVisible();
  await phone.write("The power is out at 9 Elm Road");
  await expect(phone.answers).toHaveCount(2);
});

test("an unsent draft stays with its conversation", async ({ page, context }) => {
  const [first, second] = [newCustomer(), { number: "447700900777", name: "Sam Draft" }];
  await signIn(page);
  for (const customer of [first, second]) {
    const phone = await openPhone(context, customer);
    await phone.write("Hello");
    await expect(phone.answers).not.toHaveCount(0);
  }
  const reply = page.getByRole("textbox", { name: /^Reply to/ });
  await openConversation(page, first);
  await reply.fill("half a thought");
  await openConversation(page, second);
  await expect(reply).toHaveValue("");
  await openConversation(page, first);
  await expect(reply).toHaveValue("half a thought");
});

test("a reply that found no server is kept, and sent once when retried", async ({ page, context }) => {
  const customer = newCustomer();
  await signIn(page);
  const phone = await openPhone(context, customer);
  await phone.write("Hello, is anybody there?");
  await expect(phone.answers).toHaveCount(1);
  await openConversation(page, customer);

  const keys: (string | undefined)[] = [];
  // The first answer is lost on its way back: the server has the message, the page does not know.
  await page.route("**/api/conversations/*/messages", async (route) => {
    if (route.request().method() !== "POST") return route.fallback();
    keys.push(route.request().headers()["idempotency-key"]);
    if (keys.length > 1) return route.continue();
    await route.fetch();
    await route.abort();
  });
  const reply = page.getByRole("textbox", { name: /^Reply to/ });
  await reply.fill("We are here");
  await page.getByRole("button", { name: "Send reply" }).click();
  const trouble = page.getByRole("alert").filter({ hasText: "Unable to send the reply (E4001)" });
  await expect(trouble).toBeVisible();
  await trouble.getByRole("button", { name: "Retry" }).click();

  await expect(trouble).toHaveCount(0);
  await expect(messages(page, "We are here")).toHaveCount(1);
  await expect(phone.answers.filter({ hasText: "We are here" })).toHaveCount(1);
  expect(keys).toHaveLength(2);
  expect(keys[1]).toBe(keys[0]);
});

test("a pane that cannot be read says so with its code, and leaves the others alone", async ({ page, context }) => {
  const customer = newCustomer();
  await signIn(page);
  const phone = await openPhone(context, customer);
  await phone.write("Hello");
  await expect(phone.answers).toHaveCount(1);

  await page.route("**/api/leads/*", (route) =>
    route.fulfill({
      status: 503,
      json: {
        success: false,
        error: {
          code: "DATABASE_UNAVAILABLE",
          supportCode: "E3001",
          message: "The database cannot be reached",
          userMessage: "Wait a moment and try again",
        },
      },
    }),
  );
  await openConversation(page, customer);
  const beside = page.getByRole("complementary", { name: "About the customer" });
  await expect(beside.getByRole("alert")).toContainText("Unable to load the lead (E3001)");
  await expect(messages(page, "Receptionist")).toHaveCount(1);

  await page.unroute("**/api/leads/*");
  await beside.getByRole("button", { name: "Retry" }).click();
  await expect(beside.getByRole("region", { name: "Lead" })).toContainText("Qualifying");
});
