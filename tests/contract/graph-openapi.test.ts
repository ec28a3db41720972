import net from "node:net";
import Ajv, { type ValidateFunction } from "ajv/dist/2020";
import addFormats from "ajv-formats";
import { describe, expect, it } from "vitest";
import { parseEnvelope } from "@/lib/whatsapp/envelope";
import { type GraphChannel, markRead, sendText } from "@/lib/whatsapp/graph";
import { contract, webhookExamples } from "../fixtures/whatsapp/examples";

const MESSAGES = "/{Version}/{Phone-Number-ID}/messages";
const to = { phone: "16505551234", userId: null };

/** The bytes of one request as they stand on the wire, answered like Meta does. */
async function capture(act: (channel: GraphChannel) => Promise<unknown>) {
  const answer = '{"messaging_product":"whatsapp","messages":[{"id":"wamid.1"}]}';
  let bytes = "";
  const server = net.createServer((socket) => {
    socket.setEncoding("utf8").on("data", (chunk) => {
      bytes += String(chunk);
      const [head = "", body] = bytes.split("\r\n\r\n");
      const length = Number(/content-length: (\d+)/i.exec(head)?.[1]);
      if (body !== undefined && Buffer.byteLength(body) === length)
        socket.end(`HTTP/1.1 200 OK\r\ncontent-length: ${answer.length}\r\n\r\n${answer}`);
    });
  });
  await new Promise<void>((done) => server.listen(0, "127.0.0.1", done));
  const { port } = server.address() as net.AddressInfo;
  await act({
    baseUrl: `http://127.0.0.1:${port}`,
    version: "v23.0",
    phoneNumberId: "1065",
    accessToken: "EAAB-token",
  });
  await new Promise((done) => server.close(done));
  const [head = "", body = ""] = bytes.split("\r\n\r\n");
  const [line, ...headers] = head.split("\r\n");
  return {
    line,
    headers: Object.fromEntries(headers.map(splitHeader)),
    body: JSON.parse(body) as Record<string, unknown>,
  };
}

const splitHeader = (header: string): [string, string] => {
  const at = header.indexOf(": ");
  return [header.slice(0, at).toLowerCase(), header.slice(at + 2)];
};

/**
 * The file says `additionalProperties: false` inside one branch of an `allOf`, which forbids what the other branch
 * demands: taken literally, no message at all is valid. It is read as what it means, `unevaluatedProperties: false` on
 * the whole; below, the file's own examples are held against this reading.
 */
function asMeant(schema: unknown): unknown {
  if (Array.isArray(schema)) return schema.map(asMeant);
  if (typeof schema !== "object" || schema === null) return schema;
  const copy = Object.fromEntries(Object.entries(schema).map(([key, value]) => [key, asMeant(value)]));
  const branches = copy.allOf as { additionalProperties?: boolean }[] | undefined;
  if (!Array.isArray(branches) || !branches.some((branch) => branch.additionalProperties === false)) return copy;
  const open = branches.map(({ additionalProperties: _, ...branch }) => branch);
  return { ...copy, allOf: open, unevaluatedProperties: false };
}

const ajv = new Ajv({ strict: false, allErrors: true });
addFormats(ajv);
ajv.addSchema({ $id: "meta", components: { schemas: asMeant(contract().components.schemas) } });

function schema(name: string): ValidateFunction {
  const validate = ajv.getSchema(`meta#/components/schemas/${name}`);
  if (!validate) throw new Error(`Meta's file has no schema ${name}`);
  return validate;
}

function expectValid(validate: ValidateFunction, value: unknown) {
  const valid = validate(value);
  expect(valid ? [] : validate.errors).toEqual([]);
}

function expectHeaders(headers: Record<string, string>) {
  for (const [parameter, header] of [
    ["UserAgent", "user-agent"],
    ["Authorization", "authorization"],
    ["ContentType", "content-type"],
  ] as const) {
    const { schema } = contract().components.parameters[parameter] ?? {};
    expectValid(ajv.compile(schema ?? false), headers[header]);
  }
}

describe("what goes to Meta", () => {
  it("is a text message as Meta's file describes it", async () => {
    const message = { to, text: "Hällo\n\u{1f600}", opaqueId: "op1" };
    const { line, headers, body } = await capture((channel) => sendText(channel, message, { deadlineMs: 20_000 }));
    expect(line).toBe(`POST ${MESSAGES.replace("{Version}", "v23.0").replace("{Phone-Number-ID}", "1065")} HTTP/1.1`);
    expect(contract().paths[MESSAGES]).toHaveProperty("post");
    expectHeaders(headers);
    expect(headers.connection).toBe("close");
    // the file is older than this field of plain messages
    const { biz_opaque_callback_data, ...known } = body;
    expect(biz_opaque_callback_data).toBe("op1");
    expectValid(schema("TextMessage"), known);
    expectValid(schema("Message"), known);
    expect(known.text).toMatchObject({ body: message.text });
  });

  it.each([true, false])("marks a message as read as Meta's file describes it, typing %s", async (typing) => {
    const { line, headers, body } = await capture((channel) =>
      markRead(channel, "wamid.1", { typing, deadlineMs: 20_000 }),
    );
    expect(line).toBe("POST /v23.0/1065/messages HTTP/1.1");
    expectHeaders(headers);
    expectValid(schema("MarkMessageRequestPayload"), body);
  });

  it.each(["Send Text Message", "Send Reply to Text Message"])("is held against a schema that takes %s", (name) => {
    const post = contract().paths[MESSAGES]?.post as {
      requestBody: { content: { "application/json": { examples: Record<string, { value: unknown } | undefined> } } };
    };
    const example = post.requestBody.content["application/json"].examples[name]?.value;
    expectValid(schema("TextMessage"), example);
    expectValid(schema("Message"), example);
  });

  it("is held against a schema that refuses", () => {
    const good = {
      messaging_product: "whatsapp",
      recipient_type: "individual",
      to: "1",
      type: "text",
      text: { body: "a" },
    };
    const validate = schema("TextMessage");
    expectValid(validate, good);
    for (const bad of [
      { ...good, to: undefined },
      { ...good, recipient_type: "person" },
      { ...good, type: "image" },
      { ...good, text: { body: 7 } },
      { ...good, surprise: 1 },
    ])
      expect(validate(JSON.parse(JSON.stringify(bad)))).toBe(false);
  });
});

describe("what comes from Meta", () => {
  it("has its examples found in the file", () => {
    const names = webhookExamples().map(({ name }) => name);
    expect(new Set(names).size).toBe(names.length);
    expect(names.length).toBeGreaterThanOrEqual(26);
  });

  it.each(webhookExamples())("is understood: $name", ({ body }) => {
    const { updates, problems } = parseEnvelope(Buffer.from(JSON.stringify(body)), new Date());
    expect(problems).toEqual([]);
    expect(updates).not.toEqual([]);
    const value = (body as { entry: { changes: { value: { messages?: object[] } }[] }[] }).entry[0]?.changes[0]?.value;
    const messages = updates.flatMap((update) => (update.kind === "message" ? [update.message.content] : []));
    expect(messages).toEqual(value?.messages ?? []);
  });
});
