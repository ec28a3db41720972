import { expect as base, type BrowserContext, type Locator, type Page } from "@playwright/test";

/** An answer passes through the webhook, the worker and the stream; a turn may also wait for the last to settle. */
export const expect = base.configure({ timeout: 20_000 });

export interface Customer {
  number: string;
  name: string;
}

/** Somebody who has never written before. */
export function newCustomer(): Customer {
  const digits = String(Date.now()).slice(-9);
  return { number: `447${digits}`, name: `Robin ${digits.slice(-5)}` };
}

/** Signs in to the demo; ends in the inbox. */
export async function signIn(page: Page): Promise<void> {
  await page.goto("/");
  await page.getByRole("button", { name: "Sign in to the demo" }).click();
  await page.waitForURL("**/inbox");
}

/** A customer's phone on a page of its own. */
export async function openPhone(context: BrowserContext, { number, name }: Customer): Promise<Phone> {
  const page = await context.newPage();
  await page.goto(`/simulator?${new URLSearchParams({ customer: number, name })}`);
  return new Phone(page.getByRole("region", { name: `Phone of ${name}` }));
}

export class Phone {
  readonly #screen: Locator;

  constructor(screen: Locator) {
    this.#screen = screen;
  }

  /** What the business answered, as the phone shows it. */
  get answers(): Locator {
    return this.#screen.getByRole("listitem").filter({ hasText: "Business:" });
  }

  async write(text: string, { fiveTimes = false } = {}): Promise<void> {
    await this.#screen.getByLabel("Deliver 5 times at once").setChecked(fiveTimes);
    await this.#screen.getByRole("textbox", { name: "Message" }).fill(text);
    await this.#screen.getByRole("button", { name: "Send" }).click();
    const own = this.#screen.getByRole("listitem").filter({ hasText: text, hasNotText: "Business:" });
    await expect(own).toHaveCount(1);
  }
}

/** Opens a customer's conversation from the list, which shows it as soon as it exists. */
export async function openConversation(page: Page, { name }: Customer): Promise<void> {
  await page.getByRole("list", { name: "Conversations" }).getByRole("link", { name }).click();
  await expect(page.getByRole("heading", { level: 1, name })).toBeVisible();
}

/** The messages of the open conversation that a search of their words finds. */
export function messages(page: Page, text: string | RegExp): Locator {
  return page.getByRole("log", { name: "Messages" }).getByRole("listitem").filter({ hasText: text });
}
