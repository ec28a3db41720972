import { resolveAlert } from "@/lib/alerts/queries";
import type { Tx } from "@/lib/db";
import { countUndecided } from "./queries";

/** Closes the owner's alert of uncertain sends in a conversation once none of them waits for a person any more. */
export async function settled(tx: Tx, businessId: string, conversationId: string): Promise<void> {
  if ((await countUndecided(tx, businessId, conversationId)) === 0)
    await resolveAlert(tx, businessId, "uncertain_send", conversationId);
}
