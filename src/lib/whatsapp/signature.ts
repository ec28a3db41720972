import { createHmac, timingSafeEqual } from "node:crypto";

const SHAPE = /^sha256=([0-9a-f]{64})$/i;

/** The `X-Hub-Signature-256` header of a body: "sha256=" and the hex HMAC-SHA256 of its raw bytes. */
export function sign(rawBody: Buffer | string, appSecret: string): string {
  return `sha256=${createHmac("sha256", appSecret).update(rawBody).digest("hex")}`;
}

/** Whether the header signs these very bytes. Compares in constant time; a missing or malformed header is false. */
export function signatureMatches(rawBody: Buffer, header: string | null, appSecret: string): boolean {
  const given = SHAPE.exec(header ?? "")?.[1];
  if (!given) return false;
  const expected = createHmac("sha256", appSecret).update(rawBody).digest();
  return timingSafeEqual(expected, Buffer.from(given, "hex"));
}
