import { z } from "zod";
import { Outbound } from "@/lib/outbound/schema";

export const ConversationSummary = z.object({
  id: z.uuid(),
  contactId: z.uuid(),
  contactName: z.string(),
  /** phone in international format, or the username id */
  contactAddress: z.string().nullable(),
  handler: z.enum(["AI", "PERSON"]),
  optedOut: z.boolean(),
  unreadCount: z.int(),
  lastMessageAt: z.iso.datetime().nullable(),
  lastMessagePreview: z.string().nullable(),
});
export type ConversationSummary = z.infer<typeof ConversationSummary>;

export const Conversation = ConversationSummary.extend({
  leadId: z.uuid().nullable(),
  channelName: z.string(),
  channelPaused: z.boolean(),
  businessSuspended: z.boolean(),
  /** null beside PERSON: nobody has taken it yet */
  handlerUserId: z.uuid().nullable(),
  handlerName: z.string().nullable(),
  questionsAskedCount: z.int(),
  lastQuestionKey: z.string().nullable(),
  stateVersion: z.int(),
  /** free text may be sent until then; null: the customer has not written yet */
  windowClosesAt: z.iso.datetime().nullable(),
  timeZone: z.string(),
});
export type Conversation = z.infer<typeof Conversation>;

/** What the conversation shows of a message that arrived. */
export const InboundItem = z.object({
  kind: z.literal("inbound"),
  id: z.uuid(),
  /** INBOUND: the customer; ECHO: the owner, from the phone */
  direction: z.enum(["INBOUND", "ECHO"]),
  type: z.string(),
  /** what to show, for every type; unknown types say so */
  text: z.string(),
  supported: z.boolean(),
  reaction: z.string().nullable(),
  edited: z.boolean(),
  revoked: z.boolean(),
  duplicateCount: z.int(),
  at: z.iso.datetime(),
});
const OutboundItem = Outbound.extend({ kind: z.literal("outbound"), at: z.iso.datetime() });
/** In the order in which they happened; the newest last. */
export const ConversationItem = z.discriminatedUnion("kind", [InboundItem, OutboundItem]);
export type ConversationItem = z.infer<typeof ConversationItem>;

/** What the debug panel shows. */
export const ConversationDebug = z.object({
  id: z.uuid(),
  handler: z.enum(["AI", "PERSON"]),
  questionsAskedCount: z.int(),
  lastQuestionKey: z.string().nullable(),
  stateVersion: z.int(),
  fence: z.string(),
  leaseOwner: z.string().nullable(),
  leaseUntil: z.iso.datetime().nullable(),
  lastInboundAt: z.iso.datetime().nullable(),
  lastReplyAt: z.iso.datetime().nullable(),
  knownFields: z.record(z.string(), z.unknown()),
  inbound: z.array(
    z.object({
      id: z.uuid(),
      wamid: z.string(),
      type: z.string(),
      duplicateCount: z.int(),
      sentAt: z.iso.datetime(),
      receivedAt: z.iso.datetime(),
      processedAt: z.iso.datetime().nullable(),
    }),
  ),
  outbound: z.array(Outbound),
  timeline: z.array(
    z.object({ id: z.uuid(), actor: z.string(), action: z.string(), after: z.unknown(), at: z.iso.datetime() }),
  ),
});
export type ConversationDebug = z.infer<typeof ConversationDebug>;

/** What stopped a simulated second delivery, and where. */
export const SimulatedRetry = z.object({
  messageId: z.uuid(),
  wamid: z.string(),
  inboundGuard: z.literal("bypassed"),
  blocked: z.boolean(),
  /** notBlocked: the key would have let a second reply pass */
  blockedAt: z.enum(["outboundDedupeKey", "noReplyDue", "notBlocked"]),
  outboundDedupeKey: z.string().nullable(),
  explanation: z.string(),
});
export type SimulatedRetry = z.infer<typeof SimulatedRetry>;
