import { v7 as uuidv7 } from "uuid";
import type { Tx } from "@/lib/db";
import { publish } from "@/lib/events/publish";
import { sendJobs } from "@/lib/queue/queue";
import type { ReplyType } from "./schema";

export interface NewOutbound {
  businessId: string;
  conversationId: string;
  channelId: string;
  outboundDedupeKey: string;
  replyType: ReplyType;
  normalizedQuestionKey: string | null;
  inboundMessageId: string | null;
  text: string;
  authorUserId?: string;
  resendOfId?: string;
}

/** Written: the row is PENDING and its delivery enqueued. Blocked: the key was there; nothing will be sent for it again. */
export type Enqueued = { written: true; id: string } | { written: false; id: string };

/**
 * Puts a message into the delivery machine, inside the transaction that decided it. The unique key is the guard: the
 * second attempt at the same key writes nothing, is counted on the row that stopped it, and is told which row that was.
 */
export async function sendOutboundWithIdempotency(tx: Tx, message: NewOutbound): Promise<Enqueued> {
  const id = uuidv7();
  const { businessId, conversationId } = message;
  const [row] = await tx.$queryRaw<{ id: string }[]>`
    INSERT INTO "OutboundMessageLog" (id, "businessId", "conversationId", "channelId", "outboundDedupeKey", "replyType",
      "normalizedQuestionKey", "inboundMessageId", text, "authorUserId", "resendOfId")
    VALUES (${id}::uuid, ${businessId}::uuid, ${conversationId}::uuid, ${message.channelId}::uuid,
      ${message.outboundDedupeKey}, ${message.replyType}, ${message.normalizedQuestionKey},
      ${message.inboundMessageId}::uuid, ${message.text}, ${message.authorUserId ?? null}::uuid, ${message.resendOfId ?? null}::uuid)
    ON CONFLICT ("outboundDedupeKey") DO UPDATE
      SET "collisionCount" = "OutboundMessageLog"."collisionCount" + 1, "lastCollisionAt" = now()
    RETURNING id`;
  if (!row) throw new Error("The outbound key belongs to another business");
  if (row.id !== id) return { written: false, id: row.id };
  await tx.$executeRaw`
    UPDATE "Conversation" SET "lastMessageAt" = GREATEST("lastMessageAt", now()), "lastMessagePreview" = ${preview(message.text)},
      "updatedAt" = now() WHERE id = ${conversationId}::uuid`;
  await sendJobs(tx, "deliver", [{ data: { businessId, conversationId }, singletonKey: conversationId }]);
  await publish(tx, businessId, "conversation.changed", { conversationId });
  return { written: true, id };
}

/** The first words of a message, as the inbox lists them. */
export function preview(text: string): string {
  const line = text.replace(/\s+/g, " ").trim();
  return line.length > 120 ? `${line.slice(0, 119).toWellFormed()}…` : line;
}
