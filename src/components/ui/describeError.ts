import { ApiError } from "@/lib/http/client";

export interface ErrorWords {
  title: string;
  hint: string;
  /** the trouble is ours or the network's, so the same call may pass later */
  outage: boolean;
}

/** An error in words for a person, with the code that support asks for. `verb` completes "Unable to …". */
export function describeError(error: unknown, verb: string): ErrorWords {
  if (!(error instanceof ApiError))
    return { title: `Unable to ${verb} (E3003)`, hint: "Try again; if it stays, tell support the code", outage: true };
  if (error.isOutage)
    return { title: `Unable to ${verb} (${error.supportCode})`, hint: error.userMessage, outage: true };
  return { title: `${error.message} (${error.supportCode})`, hint: error.userMessage, outage: false };
}
