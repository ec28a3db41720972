import { understand, type BusinessProfile, type Fact, type Said } from "@/lib/ai/understand";
import type { Hours, ServiceTypeEnum } from "@/lib/business/schema";
import { flowState, type Effect, type FlowState } from "@/lib/conversation/flowState";
import { knownOf } from "@/lib/inbound/autoMatchPipeline";
import type { LeadField } from "@/lib/leads/schema";
import { serviceLabel } from "@/lib/leads/serviceLabel";
import { REPLIED_TO } from "@/lib/whatsapp/describe";
import type { Turn } from "./queries";

// An enquiry that fell silent for this long is over; what comes next begins a new one.
const ENQUIRY_SILENCE_MS = 7 * 24 * 3600 * 1000;

export interface Decision {
  facts: Fact[];
  state: FlowState;
  reply: Effect | null;
  /** the open enquiry ended by silence: close it, begin another */
  newEnquiry: boolean;
  /** the customer asked for no more messages, or took that back */
  optOut: "now" | "lifted" | null;
}

/** What the receptionist makes of the waiting messages: pure, no transaction open while the engine thinks. */
export function decide(turn: Turn, said: Said[]): Decision {
  // A reaction or an edit, however late, begins nothing.
  const replyDue = said.some(
    ({ type }) => REPLIED_TO.has(type) || type === "unsupported" || type === "request_welcome",
  );
  const newEnquiry = replyDue && (!turn.lead || isOver(turn.lastHeardAt, said));
  const lead = newEnquiry ? null : turn.lead;
  const before = stateOf(turn, lead);
  const business = profileOf(turn);
  const understanding = understand({
    said,
    business,
    lastQuestionKey: before.lastQuestionKey,
    known: before.known,
  });
  const { state, effects } = flowState(before, {
    type: "turn",
    understanding,
    replyDue,
    business: { name: business.name },
    serviceLabel: labelFor(turn, understanding.facts, newEnquiry),
  });
  return {
    facts: understanding.facts,
    state,
    reply: effects[0] ?? null,
    newEnquiry,
    optOut: state.optedOut === before.optedOut ? null : state.optedOut ? "now" : "lifted",
  };
}

/** The decision where the engine has none: nothing is learned or said, a person answers. */
export function handOver(turn: Turn): Decision {
  const state: FlowState = { ...stateOf(turn, turn.lead), handler: "PERSON" };
  return { facts: [], state, reply: null, newEnquiry: turn.lead === null, optOut: null };
}

function stateOf({ conversation }: Turn, lead: Turn["lead"]): FlowState {
  return {
    handler: conversation.handler as FlowState["handler"],
    optedOut: conversation.contact.optedOutAt !== null,
    greeted: lead !== null && lead.stage !== "NEW",
    unsupportedTold: lead !== null && conversation.unsupportedToldAt !== null,
    questionsAskedCount: lead ? conversation.questionsAskedCount : 0,
    lastQuestionKey: lead ? (conversation.lastQuestionKey as LeadField | null) : null,
    lastQuestionRepeated: lead !== null && conversation.lastQuestionRepeated,
    known: lead ? knownOf(lead) : {},
    stage: (lead?.stage as FlowState["stage"] | undefined) ?? "NEW",
  };
}

/** What the engine is told of waiting messages. */
export function saidOf(messages: Turn["messages"]): Said[] {
  // What the customer took back before it was read was never said.
  return messages.map(({ id, revokedAt, type, text, sentAt }) =>
    revokedAt ? { messageId: id, type: "revoke", text: null, sentAt } : { messageId: id, type, text, sentAt },
  );
}

function isOver(lastHeardAt: Date | null, said: Said[]): boolean {
  const first = said[0];
  return (
    lastHeardAt !== null && first !== undefined && first.sentAt.getTime() - lastHeardAt.getTime() > ENQUIRY_SILENCE_MS
  );
}

function profileOf({ profile }: Turn): BusinessProfile {
  const { name, timeZone, country, hours, serviceTypes } = profile;
  return {
    name,
    timeZone,
    country,
    hours: hours as Hours,
    services: serviceTypes.map((service) => ({
      ...service,
      serviceTypeEnum: service.serviceTypeEnum as ServiceTypeEnum,
    })),
  };
}

function labelFor(turn: Turn, facts: Fact[], newEnquiry: boolean): string | null {
  const fact = facts.findLast(({ field }) => field === "service");
  const value = fact && "serviceTypeEnum" in fact.normalized ? fact.normalized : newEnquiry ? null : turn.lead;
  if (!value || (value.serviceTypeEnum === "OTHER" && !value.serviceTypeId)) return null;
  const own = turn.profile.serviceTypes.find(({ id }) => id === value.serviceTypeId);
  return serviceLabel(own?.name ?? null, value.serviceTypeEnum as ServiceTypeEnum);
}
