import type { Db } from "@/lib/db";
import { Feed, type Subscriber } from "@/lib/events/feed";
import { Listener } from "@/lib/events/listener";

const POLL = 1_000;

/** The feeds of all businesses with a stream open in this process, woken by one listening connection and a poll as the net. */
class Hub {
  readonly #feeds = new Map<string, Feed>();
  #listener: Listener | undefined;
  #poll: NodeJS.Timeout | undefined;

  join(db: Db, businessId: string, subscriber: Subscriber): void {
    let feed = this.#feeds.get(businessId);
    if (!feed) this.#feeds.set(businessId, (feed = new Feed(db, businessId)));
    feed.subscribers.add(subscriber);
    this.#listener ??= new Listener((woken) => this.#wake(woken));
    this.#poll ??= setInterval(() => this.#wake(null), POLL).unref();
    feed.wake();
  }

  /** Forgets a stream; the last one takes the connection with it. */
  async leave(businessId: string, subscriber: Subscriber): Promise<void> {
    const feed = this.#feeds.get(businessId);
    if (!feed?.subscribers.delete(subscriber)) return;
    if (feed.subscribers.size === 0) this.#feeds.delete(businessId);
    if (this.#feeds.size > 0) return;
    const listener = this.#listener;
    clearInterval(this.#poll);
    this.#listener = this.#poll = undefined;
    await listener?.stop();
  }

  #wake(businessId: string | null): void {
    if (businessId !== null) this.#feeds.get(businessId)?.wake();
    else for (const feed of this.#feeds.values()) feed.wake();
  }
}

// Next loads this module once per bundle; the process still has one hub.
const shared = globalThis as typeof globalThis & { frontdeskEventHub?: Hub };

/** The process's hub of event streams. */
export function hub(): Hub {
  return (shared.frontdeskEventHub ??= new Hub());
}
