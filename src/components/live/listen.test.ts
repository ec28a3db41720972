import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import { listen } from "./listen";

class FakeEventSource extends EventTarget {
  static readonly CLOSED = 2;
  static all: FakeEventSource[] = [];
  readyState = 0;
  onopen: (() => void) | null = null;
  onerror: (() => void) | null = null;

  constructor() {
    super();
    FakeEventSource.all.push(this);
  }

  close(): void {
    this.readyState = FakeEventSource.CLOSED;
  }

  fail(readyState: number): void {
    this.readyState = readyState;
    this.onerror?.();
  }

  say(kind: string, data: string): void {
    this.dispatchEvent(new MessageEvent(kind, { data }));
  }
}

const listener = { onEvent: vi.fn(), onOpen: vi.fn(), onDown: vi.fn() };
let stop: () => void;

beforeEach(() => {
  vi.useFakeTimers();
  vi.stubGlobal("EventSource", FakeEventSource);
  FakeEventSource.all = [];
  stop = listen("/api/events", listener);
});

afterEach(() => {
  stop();
  vi.useRealTimers();
  vi.unstubAllGlobals();
  vi.clearAllMocks();
});

describe("listen", () => {
  it("leaves a dropped line to the browser, which resumes it", () => {
    FakeEventSource.all[0]?.fail(0);
    vi.runAllTimers();
    expect(listener.onDown).toHaveBeenCalledOnce();
    expect(FakeEventSource.all).toHaveLength(1);
  });

  it("opens a new stream where the server refused one, after a wait that grows", () => {
    FakeEventSource.all[0]?.fail(FakeEventSource.CLOSED);
    vi.advanceTimersByTime(1_000);
    expect(FakeEventSource.all).toHaveLength(2);
    FakeEventSource.all[1]?.fail(FakeEventSource.CLOSED);
    vi.advanceTimersByTime(1_999);
    expect(FakeEventSource.all).toHaveLength(2);
    vi.advanceTimersByTime(1);
    expect(FakeEventSource.all).toHaveLength(3);
  });

  it("opens none after it was stopped", () => {
    FakeEventSource.all[0]?.fail(FakeEventSource.CLOSED);
    stop();
    vi.runAllTimers();
    expect(FakeEventSource.all).toHaveLength(1);
  });

  it("passes on what an event carries, and nothing of what is not an object", () => {
    FakeEventSource.all[0]?.say("conversation.changed", '{"conversationId":"c"}');
    FakeEventSource.all[0]?.say("lead.changed", "not JSON");
    expect(listener.onEvent.mock.calls).toEqual([
      ["conversation.changed", { conversationId: "c" }],
      ["lead.changed", {}],
    ]);
  });
});
