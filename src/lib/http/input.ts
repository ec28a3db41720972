import { type z } from "zod";
import { AppError, refusedInput } from "@/lib/error-handler";
import { readBody } from "@/lib/http/body";

const MAX_BYTES = 1024 * 1024;

/** Holds a value to a schema, where there is one. Throws VALIDATION_ERROR with a line per field. */
export function parse(schema: z.ZodType | undefined, value: unknown): unknown {
  if (!schema) return undefined;
  const result = schema.safeParse(value);
  if (result.success) return result.data;
  throw refusedInput(result.error);
}

/** The bytes of a body that has to be JSON. Throws UNSUPPORTED_MEDIA_TYPE, BODY_TOO_LARGE. */
export async function readJsonBytes(request: Request): Promise<Buffer> {
  const type = request.headers.get("content-type")?.split(";")[0]?.trim().toLowerCase();
  if (type !== "application/json") throw new AppError("UNSUPPORTED_MEDIA_TYPE");
  return readBytes(request);
}

/** The bytes of a small body of any kind, none included. Throws BODY_TOO_LARGE. */
export function readBytes(request: Request): Promise<Buffer> {
  return readBody(request, MAX_BYTES);
}

/** The value in a body of JSON. Throws MALFORMED_JSON. */
export function parseJson(bytes: Buffer): unknown {
  try {
    return JSON.parse(bytes.toString("utf8")) as unknown;
  } catch (cause) {
    throw new AppError("MALFORMED_JSON", { cause });
  }
}

/** The key in the Idempotency-Key header. Throws IDEMPOTENCY_KEY_NEEDED where there is none, or one of other characters. */
export function idempotencyKeyOf(request: Request): string {
  const key = request.headers.get("idempotency-key") ?? "";
  if (!/^[\x21-\x7e]{1,255}$/.test(key)) throw new AppError("IDEMPOTENCY_KEY_NEEDED");
  return key;
}
