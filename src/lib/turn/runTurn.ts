import { recordActivity } from "@/lib/activity/record";
import { raiseAlert } from "@/lib/alerts/queries";
import type { Ctx } from "@/lib/context";
import type { Tx } from "@/lib/db";
import { publish } from "@/lib/events/publish";
import { autoMatchPipeline } from "@/lib/inbound/autoMatchPipeline";
import { createLead } from "@/lib/inbound/queries";
import { outboundDedupeKey } from "@/lib/outbound/dedupeKey";
import { sendOutboundWithIdempotency } from "@/lib/outbound/sendWithIdempotency";
import { OWNER } from "@/lib/queue/owner";
import { sendJobs } from "@/lib/queue/queue";
import type { Prisma } from "@/generated/prisma/client";
import { decide, handOver, saidOf, type Decision } from "./decide";
import {
  closeLead,
  finishTurn,
  leaseTurn,
  loadTurn,
  lockForCommit,
  releaseLease,
  setOptedOut,
  type Turn,
} from "./queries";

const ATTEMPTS = 3;

/**
 * Runs one turn of a conversation: takes what is unprocessed, lets the engine decide with no transaction open, and in
 * one transaction writes the lead, the flow's state, the reply as PENDING and the messages as done. Returns when to
 * come back, or null.
 */
export async function runTurn(ctx: Ctx, conversationId: string): Promise<Date | null> {
  const answer = await ctx.db.$transaction((tx) => leaseTurn(tx, ctx.businessId, conversationId, OWNER));
  if (answer.kind === "idle") return null;
  if (answer.kind === "wait") return answer.until;
  const { fence } = answer.lease;
  for (let attempt = 1; attempt <= ATTEMPTS; attempt++) {
    const turn = await ctx.db.$transaction((tx) => loadTurn(tx, ctx.businessId, conversationId));
    const now = ctx.now();
    const decision = decideOrHandOver(ctx, turn);
    if (await ctx.db.$transaction((tx) => commitTurn(tx, ctx, turn, decision, fence, now))) return null;
    ctx.log.info({ conversationId, attempt }, "the conversation changed under a turn; deciding again");
  }
  await ctx.db.$transaction((tx) => releaseLease(tx, conversationId, fence));
  return new Date(ctx.now().getTime() + 1_000);
}

/** An engine that fails must not be asked for ever: a person is, and the messages stay where they can be read. */
function decideOrHandOver(ctx: Ctx, turn: Turn): Decision {
  try {
    return decide(turn, saidOf(turn.messages));
  } catch (error) {
    ctx.log.error({ err: error, conversationId: turn.conversation.id }, "the engine failed");
    return handOver(turn);
  }
}

/** False: the fence or the state moved on while the engine thought; nothing was written. */
async function commitTurn(
  tx: Tx,
  ctx: Ctx,
  turn: Turn,
  decision: Decision,
  fence: bigint,
  now: Date,
): Promise<boolean> {
  const { conversation, messages } = turn;
  if (!(await lockForCommit(tx, conversation.id, fence, conversation.stateVersion))) return false;
  const last = messages.at(-1);
  const replied =
    last !== undefined && decision.reply !== null && (await writeReply(tx, ctx, turn, decision.reply, last.id));
  await writeLead(tx, ctx, turn, decision, now);
  if (decision.optOut) await setOptedOut(tx, conversation.contactId, decision.optOut === "now" ? now : null);
  const { state } = decision;
  const more = await finishTurn(
    tx,
    conversation.id,
    messages.map(({ id }) => id),
    {
      handler: state.handler,
      handlerChanged: state.handler !== conversation.handler,
      questionsAskedCount: state.questionsAskedCount,
      lastQuestionKey: state.lastQuestionKey,
      lastQuestionRepeated: state.lastQuestionRepeated ?? false,
      knownFields: knownFields(turn, decision),
      unsupportedToldAt: state.unsupportedTold ? (conversation.unsupportedToldAt ?? now) : null,
      replied,
    },
    now,
  );
  if (state.handler === "PERSON" && conversation.handler === "AI")
    await raiseAlert(tx, ctx.businessId, {
      kind: "person_needed",
      subject: conversation.id,
      message: "The receptionist handed the conversation over and is silent there until it is handed back.",
    });
  await recordActivity(tx, ctx, {
    action: "turn.decided",
    entity: "conversation",
    entityId: conversation.id,
    before: { stateVersion: conversation.stateVersion, lastQuestionKey: conversation.lastQuestionKey },
    after: {
      stateVersion: conversation.stateVersion + 1,
      messages: messages.length,
      facts: decision.facts.map(({ field, value, confidence }) => ({ field, value, confidence })),
      reply: decision.reply && { type: decision.reply.replyType, question: decision.reply.normalizedQuestionKey },
      questionsAskedCount: state.questionsAskedCount,
      handler: state.handler,
    },
  });
  if (more)
    await sendJobs(tx, "turn", [
      { data: { businessId: ctx.businessId, conversationId: conversation.id }, singletonKey: conversation.id },
    ]);
  await publish(tx, ctx.businessId, "conversation.changed", { conversationId: conversation.id });
  return true;
}

async function writeReply(
  tx: Tx,
  ctx: Ctx,
  { conversation }: Turn,
  reply: NonNullable<Decision["reply"]>,
  inboundMessageId: string,
) {
  const { written } = await sendOutboundWithIdempotency(tx, {
    businessId: ctx.businessId,
    conversationId: conversation.id,
    channelId: conversation.channelId,
    outboundDedupeKey: outboundDedupeKey(conversation.id, { kind: "reply", inboundMessageId, part: 0 }),
    replyType: reply.replyType,
    normalizedQuestionKey: reply.normalizedQuestionKey,
    inboundMessageId,
    text: reply.text,
  });
  return written;
}

async function writeLead(tx: Tx, ctx: Ctx, turn: Turn, decision: Decision, now: Date): Promise<void> {
  const { conversation } = turn;
  if (decision.newEnquiry && turn.lead) await closeLead(tx, turn.lead.id, now);
  const lead = decision.newEnquiry
    ? { ...(await createLead(tx, ctx.businessId, conversation.contactId, conversation.id)), facts: [] }
    : turn.lead;
  if (!lead) return;
  await autoMatchPipeline(tx, ctx, lead, decision.state.stage, decision.facts);
}

/** Everything ever extracted here, newest per field, for audit. */
function knownFields({ conversation }: Turn, { facts, newEnquiry }: Decision): Prisma.InputJsonValue {
  const held = newEnquiry ? {} : (conversation.knownFields as Prisma.JsonObject);
  return JSON.parse(
    JSON.stringify({ ...held, ...Object.fromEntries(facts.map((fact) => [fact.field, fact])) }),
  ) as Prisma.InputJsonValue;
}
