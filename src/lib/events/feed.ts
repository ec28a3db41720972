import { setTimeout as delay } from "node:timers/promises";
import type { Db } from "@/lib/db";
import { isAfter, readEvents, type Position, type StoredEvent } from "@/lib/events/queries";
import { log } from "@/lib/observability/log";

/** An open stream, as the feed of its business sees it. */
export interface Subscriber {
  position: Position;
  deliver(events: StoredEvent[]): void;
}

const SHORTEST_LOOK = 50;
const LONGEST_LOOK = 250;

/** The events of one business, read once for all the streams that are open on it in this process. */
export class Feed {
  readonly subscribers = new Set<Subscriber>();
  readonly #db: Db;
  readonly #businessId: string;
  #running = false;
  #woken = false;

  constructor(db: Db, businessId: string) {
    this.#db = db;
    this.#businessId = businessId;
  }

  /** There may be something new: looks now, or once more after the look that is under way. */
  wake(): void {
    this.#woken = true;
    if (!this.#running) void this.#run();
  }

  async #run(): Promise<void> {
    this.#running = true;
    let pause = SHORTEST_LOOK;
    try {
      while (this.#woken && this.subscribers.size > 0) {
        this.#woken = false;
        const { more, waiting } = await this.#look();
        if (more || waiting) this.#woken = true;
        if (!more && waiting) {
          await delay(pause);
          pause = Math.min(pause * 2, LONGEST_LOOK);
        }
      }
    } catch (err) {
      // The next wake, a second away at most, looks again from the same positions.
      log().warn({ err, businessId: this.#businessId }, "events could not be read");
    } finally {
      this.#running = false;
    }
  }

  // Whoever joins meanwhile may be further back than this look began, and gets the next one.
  async #look(): Promise<{ more: boolean; waiting: boolean }> {
    const present = [...this.subscribers];
    const oldest = present.map(({ position }) => position).reduce((a, b) => (isAfter(a, b) ? b : a));
    const { events, next, more, waiting } = await readEvents(this.#db, this.#businessId, oldest);
    for (const subscriber of present) {
      const fresh = events.filter((event) => isAfter(event, subscriber.position));
      if (isAfter(next, subscriber.position)) subscriber.position = next;
      if (fresh.length > 0) subscriber.deliver(fresh);
    }
    return { more, waiting };
  }
}
