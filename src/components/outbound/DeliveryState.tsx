import { Icon } from "@/components/ui/Icon";
import type { Outbound } from "@/lib/outbound/schema";
import { describeDelivery } from "./describeDelivery";

/** How a message fared: an icon, and words for everybody where something is amiss. */
export function DeliveryState({ message }: { message: Outbound }) {
  const { icon, words, advice, loud, bold } = describeDelivery(message);
  if (!loud)
    return (
      <span title={words} className={bold ? "text-accent" : undefined}>
        <Icon name={icon} className="inline size-3.5" bold={bold} />
        <span className="sr-only">{words}</span>
      </span>
    );
  return (
    <span className={message.status === "FAILED" ? "text-bad" : "text-warn"}>
      <Icon name={icon} className="mr-1 inline size-3.5" />
      {words}
      {advice && <span className="block text-muted">{advice}</span>}
    </span>
  );
}
