import http from "node:http";
import https from "node:https";
import { AppError } from "@/lib/error-handler";
import { integration } from "@/lib/http/integration";
import type { Address } from "./envelope";
import { type SendOutcome, classify } from "./outcome";

export type { SendOutcome };

export interface GraphChannel {
  baseUrl: string;
  version: string;
  phoneNumberId: string;
  accessToken: string;
}

/**
 * Sends a text with one request, never retried here: a phone goes into `to`, otherwise the BSUID into `recipient`.
 * `opaqueId` (512 characters at most, nothing personal) comes back in the message's statuses. Never throws.
 */
export async function sendText(
  channel: GraphChannel,
  message: { to: Address; text: string; opaqueId: string },
  options: { deadlineMs: number },
): Promise<SendOutcome> {
  const { phone, userId } = message.to;
  if (!phone && !userId)
    return { kind: "refused", verdict: "message", code: null, message: "The contact has no address" };
  const ending = await post(channel, options.deadlineMs, {
    messaging_product: "whatsapp",
    recipient_type: "individual",
    // Meta accepts a BSUID in `to` and drops the message without a word
    ...(phone ? { to: phone } : { recipient: userId }),
    type: "text",
    text: { body: message.text.toWellFormed(), preview_url: false },
    biz_opaque_callback_data: message.opaqueId,
  });
  if ("status" in ending) return classify(ending.status, ending.body);
  return ending.left
    ? { kind: "uncertain", code: null, message: ending.failure }
    : { kind: "unsent", message: ending.failure };
}

/** Marks a message as read and, if asked, shows that an answer is being typed. Best effort: never throws. */
export async function markRead(
  channel: GraphChannel,
  wamid: string,
  options: { typing: boolean; deadlineMs: number },
): Promise<void> {
  await post(channel, options.deadlineMs, {
    messaging_product: "whatsapp",
    status: "read",
    message_id: wamid,
    ...(options.typing && { typing_indicator: { type: "text" } }),
  });
}

// the contract wants a version of three parts
const USER_AGENT = "frontdesk/0.1.0";
const LARGEST_ANSWER = 1024 * 1024;

/**
 * A whole answer, or a failure and whether bytes of the request may have left. `body` is null where it is not JSON;
 * `ours` is a request that could not be made, which says nothing about Graph.
 */
type Ending = { status: number; body: unknown } | { failure: string; left: boolean; ours?: true };

/** One request, unless Graph is known to be away: then none leaves, rather than one more whose fate nobody knows. */
async function post(channel: GraphChannel, deadlineMs: number, payload: object): Promise<Ending> {
  const graph = integration(`WhatsApp at ${channel.baseUrl}`);
  try {
    return await graph.run(() => request(channel, deadlineMs, payload), isOutage);
  } catch (error) {
    if (error instanceof AppError && error.code === "CIRCUIT_OPEN")
      return { failure: "WhatsApp failed several times in a row, so this request was not made", left: false };
    throw error;
  }
}

function isOutage(ending: Ending): boolean {
  return "status" in ending ? ending.status >= 500 : !ending.ours;
}

function request(channel: GraphChannel, deadlineMs: number, payload: object): Promise<Ending> {
  const body = JSON.stringify(payload);
  return new Promise((settle) => {
    let left = false;
    let request: http.ClientRequest;
    try {
      request = open(channel, body);
    } catch (error) {
      settle({ failure: `The request could not be made (${codeOf(error)})`, left, ours: true });
      return;
    }
    const finish = (ending: Ending) => {
      clearTimeout(deadline);
      settle(ending);
      request.destroy();
    };
    const fail = (why: string) =>
      finish({ failure: left ? `${why} after the request may have left` : `${why} before the request left`, left });
    const deadline = setTimeout(() => fail("The deadline passed"), deadlineMs);
    request.on("error", (error) => fail(`The connection failed (${codeOf(error)})`));
    request.on("socket", (socket) => {
      // the bytes wait for this event: connected and, with https, the certificate accepted
      socket.once(request.protocol === "https:" ? "secureConnect" : "connect", () => (left = true));
    });
    const closed = () => fail("The connection closed");
    request.on("close", closed);
    request.on("response", (response) => {
      // an answer may end after its connection, so from here on its own events decide
      request.off("close", closed);
      readAnswer(response, finish, fail);
    });
    request.end(body);
  });
}

function open({ baseUrl, version, phoneNumberId, accessToken }: GraphChannel, body: string): http.ClientRequest {
  const base = new URL(baseUrl);
  const path = `/${encodeURIComponent(version)}/${encodeURIComponent(phoneNumberId)}/messages`;
  const url = new URL(base.origin + base.pathname.replace(/\/+$/, "") + path);
  return (url.protocol === "https:" ? https : http).request(url, {
    method: "POST",
    // no pooled socket: one that went stale would turn a safe retry into an uncertain send
    agent: false,
    headers: {
      authorization: `Bearer ${accessToken}`,
      "content-type": "application/json",
      "content-length": Buffer.byteLength(body),
      accept: "application/json",
      "user-agent": USER_AGENT,
    },
  });
}

function readAnswer(
  response: http.IncomingMessage,
  finish: (ending: Ending) => void,
  fail: (why: string) => void,
): void {
  const chunks: Buffer[] = [];
  let size = 0;
  response.on("data", (chunk: Buffer) => {
    size += chunk.length;
    if (size > LARGEST_ANSWER) fail("The answer was too large");
    else chunks.push(chunk);
  });
  response.on("error", (error) => fail(`The answer broke off (${codeOf(error)})`));
  response.on("end", () => finish({ status: response.statusCode ?? 0, body: parse(Buffer.concat(chunks)) }));
}

function parse(bytes: Buffer): unknown {
  try {
    return JSON.parse(bytes.toString("utf8"));
  } catch {
    return null;
  }
}

function codeOf(error: unknown): string {
  return (error as NodeJS.ErrnoException).code ?? "no code";
}
