import { AppError } from "@/lib/error-handler";

/** The raw bytes of a request, at most `limit` of them. Throws BODY_TOO_LARGE as soon as more is announced or arrives. */
export async function readBody(request: Request, limit: number): Promise<Buffer> {
  const announced = Number(request.headers.get("content-length") ?? 0);
  if (announced > limit) throw new AppError("BODY_TOO_LARGE");
  if (!request.body) return Buffer.alloc(0);
  const chunks: Uint8Array[] = [];
  let size = 0;
  for await (const chunk of request.body) {
    size += chunk.byteLength;
    if (size > limit) throw new AppError("BODY_TOO_LARGE");
    chunks.push(chunk);
  }
  return Buffer.concat(chunks, size);
}
