/** What the stream tells of; the page then reads what changed through the API. */
const EVENT_KINDS = ["conversation.changed", "conversation.read", "lead.changed", "alert.changed"] as const;
export type LiveEventKind = (typeof EVENT_KINDS)[number];

export interface Listener {
  onEvent: (kind: LiveEventKind, data: Record<string, unknown>) => void;
  onOpen: () => void;
  onDown: () => void;
}

const LONGEST_WAIT_MS = 30_000;

/**
 * Keeps one event stream open until the returned function is called. A dropped line is taken up again by the browser
 * itself, with Last-Event-ID; where the server refused the stream, a new one is opened after a growing wait.
 */
export function listen(address: string, { onEvent, onOpen, onDown }: Listener): () => void {
  let source: EventSource;
  let timer: ReturnType<typeof setTimeout> | undefined;
  let refusals = 0;
  const open = () => {
    source = new EventSource(address);
    source.onopen = () => {
      refusals = 0;
      onOpen();
    };
    source.onerror = () => {
      onDown();
      if (source.readyState !== EventSource.CLOSED) return;
      timer = setTimeout(open, Math.min(LONGEST_WAIT_MS, 1_000 * 2 ** refusals++));
    };
    for (const kind of EVENT_KINDS)
      source.addEventListener(kind, (event: MessageEvent<string>) => onEvent(kind, dataOf(event.data)));
  };
  open();
  return () => {
    clearTimeout(timer);
    source.close();
  };
}

function dataOf(text: string): Record<string, unknown> {
  try {
    const data: unknown = JSON.parse(text);
    return typeof data === "object" && data !== null ? (data as Record<string, unknown>) : {};
  } catch {
    return {};
  }
}
