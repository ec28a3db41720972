import { createHash } from "node:crypto";

type Source =
  | { kind: "reply"; inboundMessageId: string; part: number }
  | { kind: "person"; idempotencyKey: string }
  | { kind: "again"; outboundId: string }
  | { kind: "followUp"; replyType: string; normalizedQuestionKey: string; dayBucket: string };

/**
 * The hard idempotency key of a message to be sent. A reply is keyed by the turn's last inbound message, not by its
 * question: by the time of a replay the state has moved on, and another question would make another key.
 */
export function outboundDedupeKey(conversationId: string, source: Source): string {
  return createHash("sha256")
    .update(JSON.stringify([conversationId, ...parts(source)]))
    .digest("hex");
}

function parts(source: Source): (string | number)[] {
  switch (source.kind) {
    case "reply":
      return ["reply", source.inboundMessageId, source.part];
    case "person":
      return ["person", source.idempotencyKey];
    case "again":
      return ["again", source.outboundId];
    case "followUp":
      return [source.replyType, source.normalizedQuestionKey, source.dayBucket];
  }
}
