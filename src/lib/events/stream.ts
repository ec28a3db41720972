import type { Ctx } from "@/lib/context";
import { hub } from "@/lib/events/hub";
import { isAfter, readHorizon, type Position, type StoredEvent } from "@/lib/events/queries";
import type { Subscriber } from "@/lib/events/feed";

/** In milliseconds: between two signs of life, between two looks at the session, and until the client has to come again. */
const TIMING = { heartbeat: 15_000, sessionCheck: 60_000, lifetime: 30 * 60_000 };
const MOST_BUFFERED = 1024 * 1024;
/** How long what is buffered for a slow client is kept after its stream has ended. */
const LINGER = 30_000;

const HEADERS = {
  "Content-Type": "text/event-stream; charset=utf-8",
  // A proxy that compresses or buffers would hold the events back.
  "Cache-Control": "no-store, no-transform",
  "X-Accel-Buffering": "no",
};

interface Options {
  ctx: Pick<Ctx, "db" | "businessId">;
  /** `<xid>-<id>` of the last event the client has, as Last-Event-ID carries it */
  after: string | null;
  /** the client has gone away */
  signal: AbortSignal;
  stillAllowed: () => Promise<boolean>;
  timing?: typeof TIMING;
}

// Next loads this module once per bundle; the process still has one set of streams.
const shared = globalThis as typeof globalThis & { frontdeskStreams?: Set<EventStream> };
const streams = (shared.frontdeskStreams ??= new Set());

/**
 * Opens a stream of a business's events. With `after` it goes on behind that event, none missing and none twice; without
 * it, or with one this database never gave out, it begins now and says so with an event `ready`.
 */
export async function openStream({ ctx, after, signal, stillAllowed, timing = TIMING }: Options): Promise<Response> {
  const now = await readHorizon(ctx.db);
  const asked = parsePosition(after);
  const resumed = asked && !isAfter(asked, now) ? asked : null;
  const stream = new EventStream(ctx.businessId, resumed ?? now);
  stream.send(`retry: ${1_000 + Math.floor(Math.random() * 1_000)}\n: connected\n\n`);
  if (!resumed) stream.send(format({ ...now, kind: "ready", data: {} }));
  stream.every(timing.heartbeat, () => stream.send(": alive\n\n"));
  stream.every(timing.sessionCheck, () => void endUnless(stream, stillAllowed));
  stream.every(timing.lifetime, () => void stream.end());
  if (signal.aborted) await stream.end();
  else hub().join(ctx.db, ctx.businessId, stream);
  signal.addEventListener("abort", () => void stream.end(), { once: true });
  return new Response(stream.body, { headers: HEADERS });
}

/** Ends every open stream and the connection under them; the clients come again, to whoever is there. */
export async function closeStreams(): Promise<void> {
  await Promise.all([...streams].map((stream) => stream.end()));
}

/** One client's stream. What it does not read is kept up to a bound; then it is cut off and resumes by id. */
class EventStream implements Subscriber {
  position: Position;
  readonly body: ReadableStream<Uint8Array>;
  readonly #businessId: string;
  readonly #timers: NodeJS.Timeout[] = [];
  #controller: ReadableStreamDefaultController<Uint8Array> | undefined;

  constructor(businessId: string, position: Position) {
    this.#businessId = businessId;
    this.position = position;
    this.body = new ReadableStream<Uint8Array>(
      { start: (controller) => void (this.#controller = controller), cancel: () => this.end() },
      new ByteLengthQueuingStrategy({ highWaterMark: MOST_BUFFERED }),
    );
    streams.add(this);
  }

  every(milliseconds: number, work: () => void): void {
    this.#timers.push(setInterval(work, milliseconds).unref());
  }

  deliver(events: StoredEvent[]): void {
    // One by one, so that the bound holds within a batch too.
    for (const event of events) this.send(format(event));
  }

  send(text: string): void {
    if (!this.#controller) return;
    this.#controller.enqueue(new TextEncoder().encode(text));
    if ((this.#controller.desiredSize ?? 0) <= 0) void this.end();
  }

  /** Ends the stream once; what is buffered may still be read for a while. */
  async end(): Promise<void> {
    const controller = this.#controller;
    if (!controller) return;
    this.#controller = undefined;
    streams.delete(this);
    this.#timers.forEach(clearInterval);
    close(controller);
    await hub().leave(this.#businessId, this);
  }
}

function close(controller: ReadableStreamDefaultController<Uint8Array>): void {
  // A client that has cancelled has closed it already.
  if (controller.desiredSize === null) return;
  const empty = controller.desiredSize === MOST_BUFFERED;
  try {
    controller.close();
  } catch {
    return;
  }
  if (!empty)
    setTimeout(() => controller.error(new DOMException("The client is too slow", "AbortError")), LINGER).unref();
}

// A look that fails says nothing about the session; the next one decides.
async function endUnless(stream: EventStream, stillAllowed: () => Promise<boolean>): Promise<void> {
  if (!(await stillAllowed().catch(() => true))) await stream.end();
}

function format({ xid, id, kind, data }: StoredEvent): string {
  return `id: ${xid}-${id}\nevent: ${kind}\ndata: ${JSON.stringify(data)}\n\n`;
}

function parsePosition(text: string | null): Position | null {
  const [, xid, id] = /^(\d{1,18})-(\d{1,18})$/.exec(text ?? "") ?? [];
  return xid && id ? { xid: BigInt(xid), id: BigInt(id) } : null;
}
