import { z } from "zod";

export const OUTBOUND_STATUSES = ["PENDING", "SENDING", "SENT", "FAILED", "UNKNOWN", "CANCELLED"] as const;
const OutboundStatus = z.enum(OUTBOUND_STATUSES);
export type OutboundStatus = z.infer<typeof OutboundStatus>;

const REPLY_TYPES = [
  "GREETING",
  "QUESTION",
  "ANSWER",
  "HANDOVER",
  "OPT_OUT",
  "UNSUPPORTED",
  "PERSON",
  "FOLLOW_UP",
] as const;
export const ReplyType = z.enum(REPLY_TYPES);
export type ReplyType = z.infer<typeof ReplyType>;

/** A reply as the delivery machine sees it. */
export const Outbound = z.object({
  id: z.uuid(),
  conversationId: z.uuid(),
  outboundDedupeKey: z.string(),
  replyType: ReplyType,
  normalizedQuestionKey: z.string().nullable(),
  text: z.string(),
  status: OutboundStatus,
  deliveryStatus: z.enum(["sent", "delivered", "read", "played"]).nullable(),
  attempt: z.int(),
  error: z.string().nullable(),
  errorCode: z.int().nullable(),
  cancelReason: z.string().nullable(),
  providerMessageId: z.string().nullable(),
  authorName: z.string().nullable(),
  /** an uncertain send that waits for a person: "Send again" or "Leave it" */
  needsDecision: z.boolean(),
  resolution: z.enum(["SENT_AGAIN", "LEFT"]).nullable(),
  collisionCount: z.int(),
  createdAt: z.iso.datetime(),
  sendingAt: z.iso.datetime().nullable(),
  sentAt: z.iso.datetime().nullable(),
  deliveredAt: z.iso.datetime().nullable(),
  readAt: z.iso.datetime().nullable(),
  failedAt: z.iso.datetime().nullable(),
  unknownAt: z.iso.datetime().nullable(),
  cancelledAt: z.iso.datetime().nullable(),
});
export type Outbound = z.infer<typeof Outbound>;

/** A person's message. */
export const SendMessage = z.strictObject({
  text: z.string().trim().min(1, "Write a message").max(4096, "At most 4096 characters"),
});
export type SendMessage = z.infer<typeof SendMessage>;
