import { DeliveryState } from "@/components/outbound/DeliveryState";
import { UncertainActions } from "@/components/outbound/UncertainActions";
import { clockTime, exactTime } from "@/components/ui/formatTime";
import { Icon } from "@/components/ui/Icon";
import type { ConversationItem } from "@/lib/conversation/schema";

type Item = Extract<ConversationItem, { kind: "outbound" }>;

/** A message to the customer, by whom, and how it fared. */
export function OutboundRow({ item, zone, conversationId }: { item: Item; zone: string; conversationId: string }) {
  const byEngine = item.replyType !== "PERSON";
  const author = byEngine ? "Receptionist" : item.authorName || "A person";
  return (
    <li className="grid max-w-[85%] gap-0.5 justify-self-end">
      <span className="sr-only">{author}:</span>
      <p
        className={`justify-self-end rounded-lg bg-accent-soft px-3 py-2 wrap-anywhere whitespace-pre-wrap ${item.status === "CANCELLED" ? "text-muted line-through" : ""}`}
      >
        {item.text}
      </p>
      <p className="text-right text-xs text-muted">
        <span aria-hidden="true">
          {byEngine && <Icon name="spark" className="mr-0.5 inline size-3 text-accent" />}
          {author}
        </span>
        {" · "}
        <time dateTime={item.at} title={exactTime(item.at, zone)}>
          {clockTime(item.at, zone)}
        </time>{" "}
        <DeliveryState message={item} />
      </p>
      {item.needsDecision && <UncertainActions conversationId={conversationId} outboundId={item.id} />}
    </li>
  );
}
