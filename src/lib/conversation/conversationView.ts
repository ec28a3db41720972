import type { Conversation as ConversationRow, Message, OutboundMessageLog } from "@/generated/prisma/client";
import { Conversation, ConversationSummary, InboundItem, type ConversationItem } from "@/lib/conversation/schema";
import { outboundView } from "@/lib/outbound/view";
import { displayAddress, displayName } from "@/lib/phone/displayName";
import { describeMessage } from "@/lib/whatsapp/describe";

/** Free text may be sent for so long after the customer's last message; Meta's rule, in milliseconds. */
const SERVICE_WINDOW = 24 * 3600 * 1000;

interface SummaryRow extends ConversationRow {
  contact: { displayName: string | null; optedOutAt: Date | null; addresses: { kind: string; value: string }[] };
}
interface Row extends SummaryRow {
  channel: { displayNumber: string; status: string; business: { status: string } };
}

/** A conversation as the inbox lists it. */
export function summaryView(row: SummaryRow): ConversationSummary {
  return ConversationSummary.parse(summary(row));
}

/** A conversation as its own page shows it. */
export function conversationView(
  row: Row,
  beside: { leadId: string | null; handlerName: string | null; timeZone: string },
): Conversation {
  return Conversation.parse({
    ...summary(row),
    ...beside,
    channelName: row.channel.displayNumber,
    channelPaused: row.channel.status === "PAUSED",
    businessSuspended: row.channel.business.status === "SUSPENDED",
    windowClosesAt: row.lastInboundAt && new Date(row.lastInboundAt.getTime() + SERVICE_WINDOW).toISOString(),
  });
}

/** A message that arrived, as the conversation shows it. */
export function inboundItem(row: Message): ConversationItem {
  return InboundItem.parse({
    ...row,
    ...describeMessage(row.type, row.text, row.content),
    kind: "inbound",
    edited: row.editedAt !== null,
    revoked: row.revokedAt !== null,
    at: row.sentAt.toISOString(),
  });
}

/** A reply, as the conversation shows it. */
export function outboundItem(row: OutboundMessageLog, authorName: string | null): ConversationItem {
  return { ...outboundView(row, authorName), kind: "outbound", at: row.createdAt.toISOString() };
}

function summary(row: SummaryRow) {
  const { contact } = row;
  return {
    ...row,
    contactName: displayName(contact.displayName, contact.addresses),
    contactAddress: displayAddress(contact.addresses),
    optedOut: contact.optedOutAt !== null,
    lastMessageAt: row.lastMessageAt?.toISOString() ?? null,
  };
}
