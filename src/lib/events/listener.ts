import pg from "pg";
import { env } from "@/lib/env";
import { EVENTS_CHANNEL } from "@/lib/events/publish";
import { log } from "@/lib/observability/log";

const FIRST_PAUSE = 250;
const LONGEST_PAUSE = 10_000;

/**
 * Listens for committed events on one unpooled connection, and connects again by itself. `onWake` is told the business,
 * or null after a gap in listening, when any may have had some.
 */
export class Listener {
  readonly #onWake: (businessId: string | null) => void;
  #client: pg.Client | undefined;
  #retry: NodeJS.Timeout | undefined;
  #pause = FIRST_PAUSE;
  #stopped = false;

  constructor(onWake: (businessId: string | null) => void) {
    this.#onWake = onWake;
    void this.#connect();
  }

  /** Ends the connection and does not make another. */
  async stop(): Promise<void> {
    this.#stopped = true;
    clearTimeout(this.#retry);
    await this.#client?.end().catch(() => undefined);
  }

  async #connect(): Promise<void> {
    const client = new pg.Client({
      connectionString: env().DATABASE_DIRECT_URL,
      application_name: "frontdesk-events",
      connectionTimeoutMillis: 5_000,
      keepAlive: true,
    });
    this.#client = client;
    client.on("notification", ({ payload }) => this.#onWake(payload ?? null));
    client.on("error", () => this.#lost(client));
    client.on("end", () => this.#lost(client));
    try {
      await client.connect();
      await client.query(`LISTEN ${EVENTS_CHANNEL}`);
      this.#pause = FIRST_PAUSE;
      this.#onWake(null);
    } catch (err) {
      if (!this.#stopped) log().warn({ err }, "event streams cannot listen and fall back to looking every second");
      this.#lost(client);
    }
    if (this.#stopped) await client.end().catch(() => undefined);
  }

  #lost(client: pg.Client): void {
    if (this.#client !== client) return;
    this.#client = undefined;
    void client.end().catch(() => undefined);
    if (this.#stopped) return;
    this.#retry = setTimeout(() => void this.#connect(), this.#pause * (0.5 + Math.random() / 2));
    this.#retry.unref();
    this.#pause = Math.min(this.#pause * 2, LONGEST_PAUSE);
  }
}
