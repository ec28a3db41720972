import type { IconName } from "@/components/ui/Icon";
import type { Outbound } from "@/lib/outbound/schema";

export interface Delivery {
  icon: IconName;
  /** the state in words */
  words: string;
  /** what to do about it */
  advice: string | null;
  /** good states are told by their icon, with the words for who cannot see it; the others say their words aloud */
  loud: boolean;
  bold: boolean;
}

type Facts = Pick<
  Outbound,
  "status" | "deliveryStatus" | "attempt" | "error" | "errorCode" | "cancelReason" | "needsDecision" | "resolution"
>;

const ADVICE: Record<number, string> = {
  131026: "The number may not be on WhatsApp. Reach the customer another way.",
  131047: "The customer last wrote more than 24 hours ago. Wait until they write again.",
  131049: "WhatsApp limits such messages. Try again after a day.",
  131050: "The customer asked WhatsApp for no more of these messages.",
  131051: "WhatsApp does not take this kind of message. Write it as text.",
};

/** How a message fared, in words. */
export function describeDelivery(message: Facts): Delivery {
  switch (message.status) {
    case "PENDING":
      return quiet("clock", message.attempt ? "Waiting to be tried again" : "Waiting to be sent");
    case "SENDING":
      return quiet("clock", "Being sent");
    case "SENT":
      return sent(message.deliveryStatus);
    case "FAILED":
      return loud("triangle", `Not sent: ${reason(message)}`, adviceFor(message.errorCode));
    case "CANCELLED":
      return loud("strike", `Cancelled: ${message.cancelReason ?? "it was no longer needed"}`, null);
    case "UNKNOWN":
      return uncertain(message);
  }
}

function sent(deliveryStatus: Facts["deliveryStatus"]): Delivery {
  if (deliveryStatus === "delivered") return quiet("ticks", "Delivered");
  if (deliveryStatus === "read" || deliveryStatus === "played")
    return { ...quiet("ticks", deliveryStatus === "read" ? "Read" : "Played"), bold: true };
  return quiet("tick", "Sent");
}

function uncertain({ needsDecision, resolution }: Facts): Delivery {
  if (resolution === "SENT_AGAIN")
    return loud("question", "It is not certain that this was sent. You sent it again.", null);
  if (resolution === "LEFT") return loud("question", "It is not certain that this was sent. You left it.", null);
  return loud(
    "question",
    "It is not certain that this was sent",
    needsDecision ? "Sending it again may show it to the customer twice." : "WhatsApp may still tell.",
  );
}

function reason({ error, errorCode }: Facts): string {
  const words = error?.trim() || "WhatsApp did not take it";
  return errorCode === null ? words : `${words} (WhatsApp ${errorCode})`;
}

function adviceFor(code: number | null): string | null {
  return (code !== null && ADVICE[code]) || "Write again, or reach the customer another way.";
}

function quiet(icon: IconName, words: string): Delivery {
  return { icon, words, advice: null, loud: false, bold: false };
}

function loud(icon: IconName, words: string, advice: string | null): Delivery {
  return { icon, words, advice, loud: true, bold: false };
}
