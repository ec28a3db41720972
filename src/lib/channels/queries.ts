import { Channel } from "@/lib/channels/schema";
import type { Tx } from "@/lib/db";

/** A channel of the business, locked until the transaction ends; null: it has none of that id. */
export async function lockChannel(tx: Tx, businessId: string, id: string): Promise<Channel | null> {
  const [row] = await tx.$queryRaw<unknown[]>`
    SELECT id, "displayNumber", status, "pausedReason", version FROM "Channel"
    WHERE "businessId" = ${businessId}::uuid AND id = ${id}::uuid FOR UPDATE`;
  return row ? Channel.parse(row) : null;
}

/** Lets a channel send again. */
export async function activateChannel(tx: Tx, businessId: string, id: string): Promise<Channel> {
  const row = await tx.channel.update({
    where: { businessId_id: { businessId, id } },
    data: { status: "ACTIVE", pausedReason: null, version: { increment: 1 } },
  });
  return Channel.parse(row);
}
