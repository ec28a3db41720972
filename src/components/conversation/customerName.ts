import type { ConversationSummary } from "@/lib/conversation/schema";

/** What a customer goes by: a name, else the address. */
export function customerName({ contactName, contactAddress }: ConversationSummary): string {
  return contactName || contactAddress || "Unknown customer";
}
