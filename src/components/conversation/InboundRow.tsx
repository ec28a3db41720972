import { clockTime, exactTime } from "@/components/ui/formatTime";
import type { ConversationItem } from "@/lib/conversation/schema";

type Item = Extract<ConversationItem, { kind: "inbound" }>;

/** A message that arrived: the customer's on the left, the owner's own from the phone on the right. */
export function InboundRow({ item, zone }: { item: Item; zone: string }) {
  const fromOwner = item.direction === "ECHO";
  const marks = [
    item.edited && "edited",
    item.revoked && "deleted by the sender",
    !item.supported && "unsupported",
    item.duplicateCount > 0 && `delivered ${item.duplicateCount + 1} times`,
  ].filter(Boolean);
  return (
    <li
      id={`message-${item.id}`}
      className={`grid max-w-[85%] gap-0.5 ${fromOwner ? "justify-self-end" : "justify-self-start"}`}
    >
      <span className="sr-only">{fromOwner ? "You, from the phone:" : "Customer:"}</span>
      <p
        className={`rounded-lg px-3 py-2 wrap-anywhere whitespace-pre-wrap ${fromOwner ? "bg-accent-soft" : "bg-hover"} ${item.revoked ? "text-muted line-through" : ""} ${item.supported ? "" : "text-muted italic"}`}
      >
        {item.text || "No text"}
      </p>
      {item.reaction && <p className="w-fit rounded-md border border-line px-1.5 text-sm">Reaction: {item.reaction}</p>}
      <p className={`text-xs text-muted ${fromOwner ? "text-right" : ""}`}>
        {fromOwner && "From the phone · "}
        <time dateTime={item.at} title={exactTime(item.at, zone)}>
          {clockTime(item.at, zone)}
        </time>
        {marks.length > 0 && ` · ${marks.join(" · ")}`}
      </p>
    </li>
  );
}
