import type { Understanding } from "@/lib/ai/understand";
import { spoken, withFacts } from "@/lib/conversation/factLabel";
import { summary, texts } from "@/lib/conversation/texts";
import { LEAD_FIELDS, type LeadField } from "@/lib/leads/schema";
import type { ReplyType } from "@/lib/outbound/schema";

export interface FlowState {
  handler: "AI" | "PERSON";
  optedOut: boolean;
  greeted: boolean;
  unsupportedTold: boolean;
  questionsAskedCount: number;
  lastQuestionKey: LeadField | null;
  /** the last question was asked a second time already */
  lastQuestionRepeated?: boolean;
  known: Partial<Record<LeadField, string>>;
  stage: "NEW" | "QUALIFYING" | "QUALIFIED" | "CLOSED";
}

export type FlowEvent =
  | {
      type: "turn";
      understanding: Understanding;
      /** false: only reactions, edits, revokes, system messages */
      replyDue: boolean;
      business: { name: string };
      serviceLabel: string | null;
    }
  | { type: "personSpoke" }
  | { type: "handBack" };

export type Effect = {
  type: "reply";
  replyType: ReplyType;
  normalizedQuestionKey: LeadField | null;
  text: string;
};

type Turn = Extract<FlowEvent, { type: "turn" }>;
type Step = { state: FlowState; effects: Effect[] };

const MOST_QUESTIONS = 5;

/**
 * Decides what follows from an event: the next state, and at most one reply. Asks for what is missing one question at
 * a time, at most five an enquiry; silent while a person handles the conversation and after an opt-out.
 */
export function flowState(state: FlowState, event: FlowEvent): Step {
  if (event.type === "personSpoke") return silent({ ...state, handler: "PERSON" });
  if (event.type === "handBack") return silent({ ...state, handler: "AI" });
  const before = state.known;
  const known = withFacts(before, event.understanding.facts, event.serviceLabel);
  return turn({ ...state, known }, event, before);
}

function turn(state: FlowState, event: Turn, before: FlowState["known"]): Step {
  const { intent, unsupportedOnly } = event.understanding;
  const { name } = event.business;
  const heard: FlowState = {
    ...state,
    optedOut: intent === "optOut" || (state.optedOut && intent !== "optIn"),
  };
  if (heard.handler === "PERSON" || !event.replyDue) return silent(heard);
  if (heard.optedOut) return state.optedOut ? silent(heard) : reply(heard, "OPT_OUT", texts.optedOut(name));
  if (state.optedOut) return reply(begun(heard), "ANSWER", texts.welcomeBack(name));
  if (intent === "person") return reply(begun({ ...heard, handler: "PERSON" }), "HANDOVER", texts.handover(name));
  if (unsupportedOnly)
    return state.unsupportedTold
      ? silent(heard)
      : reply({ ...heard, unsupportedTold: true }, "UNSUPPORTED", texts.unsupported);
  if (heard.stage === "QUALIFIED" || heard.stage === "CLOSED") return afterwards(heard, event, before);
  return qualify(heard, event);
}

/** Once qualified: says again what changed, acknowledges what else is said, lets thanks stand. */
function afterwards(state: FlowState, event: Turn, before: FlowState["known"]): Step {
  const { facts, intent } = event.understanding;
  const now = spoken(state.known, event.serviceLabel);
  const then = spoken(before, null);
  const line = summary(now);
  if (line && facts.some(({ field }) => now[field] !== then[field])) return reply(state, "ANSWER", texts.updated(line));
  if (intent === "thanks") return silent(state);
  return reply(state, "ANSWER", texts.willReply(event.business.name));
}

function qualify(state: FlowState, event: Turn): Step {
  const first = !state.greeted;
  const next = nextQuestion(state);
  const said = opening(state, event, next);
  if (!next) {
    const closing = texts.closing(event.business.name, summary(spoken(state.known, event.serviceLabel)));
    const text = first ? `${texts.hello(event.business.name)} ${closing}` : closing;
    return reply({ ...begun(state), stage: "QUALIFIED" }, first ? "GREETING" : "ANSWER", text);
  }
  const again = next === state.lastQuestionKey;
  const asked: FlowState = {
    ...begun(state),
    lastQuestionKey: next,
    lastQuestionRepeated: again,
    questionsAskedCount: state.questionsAskedCount + (again ? 0 : 1),
  };
  const question = again ? texts.again[next] : texts.questions[next];
  return reply(asked, first ? "GREETING" : "QUESTION", `${said} ${question}`, next);
}

/** What is said before the question: who answers, and what was understood of this turn. */
function opening(state: FlowState, event: Turn, next: LeadField | null): string {
  const fields = event.understanding.facts.map(({ field }) => field);
  const all = spoken(state.known, event.serviceLabel);
  const line = summary(Object.fromEntries(fields.map((field) => [field, all[field]])));
  const understood = line ? texts.understood(line) : null;
  if (!state.greeted) return [texts.hello(event.business.name), understood].filter(Boolean).join(" ");
  return understood ?? (next === state.lastQuestionKey ? texts.repeat : texts.noted);
}

/** The next unknown field in order; the one just asked once more if it was not understood; null when it is time to close. */
function nextQuestion(state: FlowState): LeadField | null {
  const unknown = LEAD_FIELDS.filter((field) => !state.known[field]);
  if (unknown.length === 0 || state.questionsAskedCount >= MOST_QUESTIONS) return null;
  const last = state.lastQuestionKey;
  if (!last) return unknown[0] ?? null;
  if (unknown.includes(last) && !state.lastQuestionRepeated) return last;
  const others = unknown.filter((field) => field !== last);
  const after = others.find((field) => LEAD_FIELDS.indexOf(field) > LEAD_FIELDS.indexOf(last));
  return after ?? others[0] ?? null;
}

function begun(state: FlowState): FlowState {
  return { ...state, greeted: true, stage: state.stage === "NEW" ? "QUALIFYING" : state.stage };
}

function silent(state: FlowState): Step {
  return { state, effects: [] };
}

function reply(state: FlowState, replyType: ReplyType, text: string, key: LeadField | null = null): Step {
  return { state, effects: [{ type: "reply", replyType, normalizedQuestionKey: key, text }] };
}
