import http from "node:http";
import net from "node:net";
import { afterEach, beforeAll, beforeEach, describe, expect, it, vi } from "vitest";
import { setTestEnvironment } from "../../../tests/fixtures/scene";
import { type GraphChannel, markRead, sendText } from "./graph";

beforeAll(() => setTestEnvironment("postgresql://nobody@127.0.0.1:1/none"));

const open: net.Server[] = [];
const sockets = new Set<net.Socket>();
afterEach(async () => {
  for (const socket of sockets) socket.destroy();
  await Promise.all(open.splice(0).map((server) => new Promise((done) => server.close(done))));
});

async function listen(server: net.Server): Promise<number> {
  server.on("connection", (socket: net.Socket) => {
    sockets.add(socket);
    socket.on("error", () => {}).on("close", () => sockets.delete(socket));
  });
  await new Promise<void>((done) => server.listen(0, "127.0.0.1", done));
  open.push(server);
  return (server.address() as net.AddressInfo).port;
}

/** A server that answers as told once a whole request is in, and keeps the bodies that it got. */
async function graph(answer: http.RequestListener) {
  const bodies: unknown[] = [];
  const server = http.createServer((request, response) => {
    const chunks: Buffer[] = [];
    request.on("data", (chunk: Buffer) => chunks.push(chunk));
    request.on("end", () => {
      bodies.push(JSON.parse(Buffer.concat(chunks).toString()));
      answer(request, response);
    });
  });
  return { bodies, channel: channelAt(`http://127.0.0.1:${await listen(server)}`) };
}
const json =
  (status: number, body: unknown): http.RequestListener =>
  (_, response) =>
    void response.writeHead(status, { "content-type": "application/json" }).end(JSON.stringify(body));

const channelAt = (baseUrl: string): GraphChannel => ({
  baseUrl,
  version: "v23.0",
  phoneNumberId: "1065",
  accessToken: "token",
});
const LONG = { deadlineMs: 20_000 };
const SHORT = { deadlineMs: 150 };
const message = { to: { phone: "16505551234", userId: null }, text: "Hello", opaqueId: "op1" };
const send = (channel: GraphChannel, options = LONG) => sendText(channel, message, options);

describe("a send is unsent when no byte can have left:", () => {
  it("nobody listens", async () => {
    const port = await listen(net.createServer());
    await new Promise((done) => open.pop()?.close(done));
    expect(await send(channelAt(`http://127.0.0.1:${port}`))).toEqual({
      kind: "unsent",
      message: "The connection failed (ECONNREFUSED) before the request left",
    });
  });

  it("the name is not known", async () => {
    expect(await send(channelAt("http://graph.invalid"), { deadlineMs: 3000 })).toMatchObject({ kind: "unsent" });
  });

  it("an https address answers in plain text", async () => {
    const server = net.createServer((socket) => socket.end("HTTP/1.1 400 Bad Request\r\n\r\n"));
    const port = await listen(server);
    expect(await send(channelAt(`https://127.0.0.1:${port}`))).toMatchObject({ kind: "unsent" });
  });

  it("the connection is closed before TLS stands", async () => {
    const port = await listen(net.createServer((socket) => socket.destroy()));
    expect(await send(channelAt(`https://127.0.0.1:${port}`))).toMatchObject({ kind: "unsent" });
  });

  it("the deadline passes before TLS stands", async () => {
    const port = await listen(net.createServer(() => {}));
    expect(await send(channelAt(`https://127.0.0.1:${port}`), SHORT)).toEqual({
      kind: "unsent",
      message: "The deadline passed before the request left",
    });
  });

  it.each(["", "graph", "ftp://127.0.0.1"])("the address is %j", async (baseUrl) => {
    expect(await send(channelAt(baseUrl))).toMatchObject({ kind: "unsent" });
  });

  it("the token cannot stand in a header", async () => {
    const { channel, bodies } = await graph(json(200, {}));
    expect(await send({ ...channel, accessToken: "a\nb" })).toMatchObject({ kind: "unsent" });
    expect(bodies).toEqual([]);
  });
});

describe("a send is uncertain when it may have been accepted:", () => {
  const uncertain = { kind: "uncertain", code: null };

  it("the connection is reset after the request", async () => {
    const { channel, bodies } = await graph((request) => request.socket.resetAndDestroy());
    expect(await send(channel)).toEqual({
      ...uncertain,
      message: "The connection failed (ECONNRESET) after the request may have left",
    });
    expect(bodies).toHaveLength(1);
  });

  it("the connection is closed as soon as it stands", async () => {
    const port = await listen(net.createServer((socket) => socket.destroy()));
    expect(await send(channelAt(`http://127.0.0.1:${port}`))).toMatchObject(uncertain);
  });

  it("there is no answer before the deadline", async () => {
    const { channel, bodies } = await graph(() => {});
    expect(await send(channel, SHORT)).toEqual({
      ...uncertain,
      message: "The deadline passed after the request may have left",
    });
    expect(bodies).toHaveLength(1);
  });

  it("the answer trickles past the deadline", async () => {
    const { channel } = await graph((_, response) => {
      response.writeHead(200);
      const drip = setInterval(() => response.write(" "), 10);
      response.on("close", () => clearInterval(drip));
    });
    expect(await send(channel, SHORT)).toMatchObject({ ...uncertain, message: expect.stringContaining("deadline") });
  });

  it.each([200, 400, 429])("the answer %i is reset after its headers", async (status) => {
    const { channel } = await graph((_, response) => {
      response.writeHead(status, { "content-length": 50 });
      response.flushHeaders();
      response.socket?.end();
    });
    expect(await send(channel)).toMatchObject(uncertain);
  });

  it("half of an answer arrives", async () => {
    const { channel } = await graph((_, response) => {
      response.writeHead(200, { "content-length": 500 });
      response.write('{"messages":[{"id":"wamid.1"}', () => response.destroy());
    });
    expect(await send(channel)).toMatchObject({ ...uncertain, message: expect.stringContaining("broke off") });
  });

  it("the answer is larger than a megabyte", async () => {
    const padding = "x".repeat(1024 * 1024);
    const { channel } = await graph(json(200, { messages: [{ id: "wamid.1" }], padding }));
    expect(await send(channel)).toMatchObject({ ...uncertain, message: expect.stringContaining("too large") });
  });

  it("the answer is not HTTP", async () => {
    const port = await listen(net.createServer((socket) => socket.on("data", () => socket.end("what?"))));
    expect(await send(channelAt(`http://127.0.0.1:${port}`))).toMatchObject(uncertain);
  });

  it("the server wants another protocol", async () => {
    const upgrade = "HTTP/1.1 101 Switching Protocols\r\nConnection: Upgrade\r\nUpgrade: x\r\n\r\n";
    const port = await listen(net.createServer((socket) => socket.on("data", () => socket.write(upgrade))));
    expect(await send(channelAt(`http://127.0.0.1:${port}`))).toMatchObject(uncertain);
  });

  it.each([
    ["a 200 without a body", (_: unknown, response: http.ServerResponse) => void response.end()],
    ["a 200 that is not JSON", (_: unknown, response: http.ServerResponse) => void response.end("<html>")],
    ["a 500", json(500, {})],
    ["a 400 that says so", json(400, { error: { code: 131000 } })],
  ])("%s", async (_, answer) => {
    const { channel, bodies } = await graph(answer);
    expect(await send(channel)).toMatchObject({ kind: "uncertain" });
    expect(bodies).toHaveLength(1);
  });

  it("a redirect, which is not followed", async () => {
    const { channel, bodies } = await graph((_, response) => void response.writeHead(307, { location: "/" }).end());
    expect(await send(channel)).toMatchObject(uncertain);
    expect(bodies).toHaveLength(1);
  });
});

describe("a send is refused", () => {
  it.each([
    [429, {}, "retry"],
    [400, { error: { code: 131056, message: "Slow down" } }, "retry"],
    [400, { error: { code: 131047, message: "Window" } }, "message"],
    [401, { error: { code: 190, message: "Token" } }, "channel"],
    [400, { error: { code: 131049, message: "Tomorrow" } }, "waitDay"],
  ])("by %i %j as %s, after one request", async (status, body, verdict) => {
    const { channel, bodies } = await graph(json(status, body));
    expect(await send(channel)).toMatchObject({ kind: "refused", verdict });
    expect(bodies).toHaveLength(1);
  });

  it("without a request when there is no address", async () => {
    const { channel, bodies } = await graph(json(200, { messages: [{ id: "wamid.1" }] }));
    const to = { phone: null, userId: null };
    expect(await sendText(channel, { ...message, to }, LONG)).toMatchObject({ kind: "refused", verdict: "message" });
    expect(bodies).toEqual([]);
  });
});

describe("a service that keeps failing", () => {
  beforeEach(() => void vi.useFakeTimers({ toFake: ["Date"] }));
  afterEach(() => void vi.useRealTimers());

  it("is left alone after five sends whose fate is unknown, and tried again after a pause", async () => {
    let away = true;
    const { channel, bodies } = await graph((request, response) =>
      away ? request.socket.resetAndDestroy() : json(200, { messages: [{ id: "wamid.1" }] })(request, response),
    );
    for (let time = 0; time < 5; time++) expect(await send(channel)).toMatchObject({ kind: "uncertain" });
    expect(await send(channel)).toMatchObject({ kind: "unsent", message: expect.stringContaining("not made") });
    expect(bodies).toHaveLength(5);
    away = false;
    vi.setSystemTime(Date.now() + 61_000);
    expect(await send(channel)).toEqual({ kind: "accepted", wamid: "wamid.1" });
  });

  it.each([
    ["the messages are refused", "a token", json(400, { error: { code: 131047, message: "Window" } }), "refused"],
    ["the channel's own token cannot stand in a header", "a\nb", json(200, {}), "unsent"],
  ])("is not one where %s", async (_, accessToken, answer, kind) => {
    const { channel, bodies } = await graph(answer);
    for (let time = 0; time < 6; time++) expect(await send({ ...channel, accessToken })).toMatchObject({ kind });
    expect(await send(channel)).not.toMatchObject({ message: expect.stringContaining("not made") });
    expect(bodies.length).toBeGreaterThan(0);
  });
});

describe("an accepted send", () => {
  const accept = json(200, { messages: [{ id: "wamid.1" }] });
  const accepted = { kind: "accepted", wamid: "wamid.1" };

  it("puts a phone into `to` and only a user id into `recipient`", async () => {
    const { channel, bodies } = await graph(accept);
    for (const to of [message.to, { phone: null, userId: "US.7" }, { phone: "1650", userId: "US.7" }])
      expect(await sendText(channel, { ...message, to }, LONG)).toEqual(accepted);
    expect(bodies[0]).toMatchObject({ to: "16505551234", biz_opaque_callback_data: "op1", text: { body: "Hello" } });
    expect(bodies.map((body) => Object.keys(body as object).filter((key) => /^(to|recipient)$/.test(key)))).toEqual([
      ["to"],
      ["recipient"],
      ["to"],
    ]);
  });

  it("may end with its connection", async () => {
    const answer = 'HTTP/1.0 200 OK\r\n\r\n{"messages":[{"id":"wamid.1"}]}';
    const port = await listen(net.createServer((socket) => socket.on("data", () => socket.end(answer))));
    expect(await send(channelAt(`http://127.0.0.1:${port}`))).toEqual(accepted);
  });

  it("takes a fresh connection each time and keeps a path of the base address", async () => {
    const ports = new Set<number | undefined>();
    const urls: unknown[] = [];
    const { channel } = await graph((request, response) => {
      ports.add(request.socket.remotePort);
      urls.push(request.url);
      accept(request, response);
    });
    await send(channel);
    await send({ ...channel, baseUrl: `${channel.baseUrl}/proxy/`, phoneNumberId: "../1" });
    expect(ports.size).toBe(2);
    expect(urls).toEqual(["/v23.0/1065/messages", "/proxy/v23.0/..%2F1/messages"]);
  });
});

describe("markRead", () => {
  it("asks for the typing indicator only when told to", async () => {
    const { channel, bodies } = await graph(json(200, { success: true }));
    await markRead(channel, "wamid.1", { typing: true, ...LONG });
    await markRead(channel, "wamid.1", { typing: false, ...LONG });
    const read = { messaging_product: "whatsapp", status: "read", message_id: "wamid.1" };
    expect(bodies).toEqual([{ ...read, typing_indicator: { type: "text" } }, read]);
  });

  it.each(["not an address", "https://127.0.0.1:1"])("does not throw at %s", async (baseUrl) => {
    await expect(markRead(channelAt(baseUrl), "wamid.1", { typing: true, ...LONG })).resolves.toBeUndefined();
  });
});
