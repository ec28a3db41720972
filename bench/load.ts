import http from "node:http";
import { setTimeout as delay } from "node:timers/promises";
import autocannon from "autocannon";
import { sign } from "@/lib/whatsapp/signature";
import { APP_SECRET, envelope, textMessage } from "../tests/fixtures/scene";

/** A load to put on an address: as fast as `connections` allow, or at a constant `rate` a second. */
export interface Load {
  url: string;
  phoneNumberId: string;
  count: number;
  /** the customers that the messages come from, in turn: numbers from `first` on */
  customers: { first: number; count: number };
  pace: { connections: number } | { rate: number };
}

export interface LoadResult {
  seconds: number;
  acknowledged: number;
  failed: number;
  /** from the moment a request was due, so that waiting for its turn counts; milliseconds, at a constant rate only */
  latencies: number[];
  /** when each customer's last request was due, by customer; milliseconds since the epoch, at a constant rate only */
  dueAt: Record<string, number>;
}

interface Prepared {
  from: string;
  headers: Record<string, string>;
  body: Buffer;
}

const TEXTS = [
  "Hi, my kitchen tap is leaking, can someone come on Tuesday at 10?",
  "Hello, I need a plumber for a blocked drain",
  "14 Mill Lane, Bristol",
  "Tomorrow afternoon would be best",
  "My name is Dana Whitfield",
];

/** The number of a customer, as WhatsApp writes it. */
function customer(index: number): string {
  return `4477${String(index).padStart(8, "0")}`;
}

/** Signed deliveries of one new message each. */
function prepare({ phoneNumberId, count, customers }: Load): Prepared[] {
  return Array.from({ length: count }, (_, at) => {
    const from = customer(customers.first + (at % customers.count));
    const contacts = [{ profile: { name: `Customer ${from}` }, wa_id: from }];
    const messages = [textMessage(from, TEXTS[Math.floor(at / customers.count) % TEXTS.length] ?? "")];
    const body = Buffer.from(JSON.stringify(envelope(phoneNumberId, { contacts, messages })));
    const headers = {
      "content-type": "application/json",
      "content-length": String(body.length),
      "x-hub-signature-256": sign(body, APP_SECRET),
    };
    return { from, headers, body };
  });
}

/** Each connection sends its next request when the last was answered; the requests are bytes made beforehand. */
async function closedLoop(load: Load, connections: number): Promise<LoadResult> {
  const { host, pathname } = new URL(load.url);
  const requests = prepare(load).map(({ headers, body }) => {
    const lines = Object.entries({ host, connection: "keep-alive", ...headers }).map(
      ([name, value]) => `${name}: ${value}`,
    );
    return Buffer.concat([Buffer.from(`POST ${pathname} HTTP/1.1\r\n${lines.join("\r\n")}\r\n\r\n`), body]);
  });
  let next = 0;
  let lastAnswer = 0;
  const started = performance.now();
  const run = autocannon({
    url: load.url,
    connections,
    amount: load.count,
    setupClient: (client) => {
      client.getRequestBuffer = () => requests[next++] ?? Buffer.alloc(0);
    },
  });
  run.on("response", () => (lastAnswer = performance.now()));
  const result = await run;
  return {
    seconds: (lastAnswer - started) / 1000,
    acknowledged: result["2xx"],
    failed: result.non2xx + result.errors + result.timeouts,
    latencies: [],
    dueAt: {},
  };
}

/** A request every 1/rate s whatever the answers do: who is slow is measured, not waited for. */
async function openLoop(load: Load, rate: number): Promise<LoadResult> {
  const prepared = prepare(load);
  const agent = new http.Agent({ keepAlive: true, maxSockets: 200 });
  const result: LoadResult = { seconds: 0, acknowledged: 0, failed: 0, latencies: [], dueAt: {} };
  const started = Date.now() + 50;
  const sent: Promise<void>[] = [];
  for (const [at, { from, headers, body }] of prepared.entries()) {
    const due = started + (at * 1000) / rate;
    while (Date.now() < due) await delay(1);
    result.dueAt[from] = due;
    sent.push(
      post(load.url, agent, headers, body).then((status) => {
        result.latencies.push(Date.now() - due);
        if (status === 200) result.acknowledged += 1;
        else result.failed += 1;
      }),
    );
  }
  await Promise.all(sent);
  agent.destroy();
  return { ...result, seconds: (Date.now() - started) / 1000 };
}

/** The status of the answer, 0 where there was none. */
function post(url: string, agent: http.Agent, headers: Record<string, string>, body: Buffer): Promise<number> {
  return new Promise((resolve) => {
    const request = http.request(url, { method: "POST", agent, headers }, (response) => {
      response.resume();
      response.on("end", () => resolve(response.statusCode ?? 0));
      response.on("error", () => resolve(0));
    });
    request.on("error", () => resolve(0));
    request.end(body);
  });
}

// What starts it lets go of the channel; here the channel is all there is to wait for.
process.channel?.ref();
process.on("message", (load: Load) => {
  const { pace } = load;
  const run = "rate" in pace ? openLoop(load, pace.rate) : closedLoop(load, pace.connections);
  void run.then((result) => process.send?.(result));
});
