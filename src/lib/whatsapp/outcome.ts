import { z } from "zod";
import { cleanJson } from "./json";

/** How one request to send ended. */
export type SendOutcome =
  | { kind: "accepted"; wamid: string }
  /** certain: Meta did not take the message */
  | { kind: "refused"; verdict: Verdict; code: number | null; message: string }
  /** nothing of the request left this machine: safe to try again */
  | { kind: "unsent"; message: string }
  /** may have been accepted */
  | { kind: "uncertain"; code: number | null; message: string };

/** After a refusal: try later, give up on this message, stop the channel, or wait a day. */
type Verdict = "retry" | "message" | "channel" | "waitDay";

const PAIR_RATE_LIMIT = 131056;

// Meta's error codes, each class as single codes and inclusive ranges
const CLASSES: { is: Verdict | "uncertain"; codes: (number | [from: number, to: number])[] }[] = [
  { is: "retry", codes: [4, 80007, 130429, PAIR_RATE_LIMIT, 131057] },
  { is: "uncertain", codes: [1, 2, 131000, 131016, 133004] },
  {
    is: "channel",
    codes: [0, 3, 10, 190, [200, 299], 368, 130497, 131031, 131042, 131045, 131048, 133010],
  },
  {
    is: "message",
    codes: [100, 130403, 131008, 131009, 131021, 131026, 131047, 131050, 131051, 131053, [132000, 132099]],
  },
  { is: "waitDay", codes: [131049] },
];

/** Reads Meta's answer to a send: a known code decides first, the status second. `body` is the parsed JSON, or null. */
export function classify(status: number, body: unknown): SendOutcome {
  const answer = Answer.safeParse(cleanJson(body).value).data;
  const success = status >= 200 && status < 300;
  const wamid = answer?.messages?.[0]?.id;
  if (success && wamid) return { kind: "accepted", wamid };
  const error = answer?.error;
  const code = error?.code ?? null;
  const message = (error?.error_data?.details || error?.message || `The answer was HTTP ${status}`)
    .slice(0, 500)
    .toWellFormed();
  const verdict = classOf(code) ?? classOfStatus(status);
  return verdict === "uncertain" ? { kind: "uncertain", code, message } : { kind: "refused", verdict, code, message };
}

/** Whether a code means that the channel cannot send at all, wherever it was told. */
export function stopsChannel(code: number | null): boolean {
  return classOf(code) === "channel";
}

/**
 * How long to wait, in milliseconds, before a refused or unsent message is tried again. `attempt` counts the requests
 * made so far, from 1. Too much to one recipient (131056) waits 4^attempt seconds, at most an hour; anything else
 * waits half to the whole of 1 s, doubling, at most 5 minutes: never no time at all after a refusal.
 */
export function backoffMs(attempt: number, code: number | null, random: () => number = Math.random): number {
  const made = Math.max(1, Math.floor(attempt) || 1);
  if (code === PAIR_RATE_LIMIT) return Math.min(3_600_000, 1000 * 4 ** made);
  const longest = Math.min(300_000, 1000 * 2 ** (made - 1));
  return Math.round(longest * (0.5 + random() / 2));
}

const text = z.string().optional().catch(undefined);
const Answer = z.object({
  messages: z
    .array(z.object({ id: z.string().min(1).max(512).optional().catch(undefined) }))
    .optional()
    .catch(undefined),
  error: z
    .object({
      code: z
        .union([
          z.number().int(),
          z
            .string()
            .regex(/^\d{1,9}$/)
            .transform(Number),
        ])
        .optional()
        .catch(undefined),
      message: text,
      error_data: z.object({ details: text }).optional().catch(undefined),
    })
    .optional()
    .catch(undefined),
});

function classOf(code: number | null): Verdict | "uncertain" | undefined {
  if (code === null) return undefined;
  const holds = (entry: number | [number, number]) =>
    Array.isArray(entry) ? code >= entry[0] && code <= entry[1] : code === entry;
  return CLASSES.find(({ codes }) => codes.some(holds))?.is;
}

function classOfStatus(status: number): Verdict | "uncertain" {
  if (status === 429) return "retry";
  return status >= 400 && status < 500 ? "message" : "uncertain";
}
