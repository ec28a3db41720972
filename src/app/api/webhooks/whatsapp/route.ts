import { timingSafeEqual } from "node:crypto";
import { z } from "zod";
import { env } from "@/lib/env";
import { AppError } from "@/lib/error-handler";
import { readBody } from "@/lib/http/body";
import { endpoint, route } from "@/lib/http/route";
import { storeDelivery } from "@/lib/queue/storeDelivery";
import { hashToken } from "@/lib/auth/session";
import { signatureMatches } from "@/lib/whatsapp/signature";

const MAX_BYTES = 4 * 1024 * 1024;

const Handshake = z.object({
  "hub.mode": z.literal("subscribe"),
  "hub.verify_token": z.string(),
  "hub.challenge": z.string().max(1000),
});

export const { GET, POST, PUT, PATCH, DELETE } = endpoint({
  GET: route({
    auth: "public",
    limit: "webhook",
    query: Handshake,
    handle: ({ query }) => {
      const expected = env().WHATSAPP_VERIFY_TOKEN;
      if (!expected || !sameText(query["hub.verify_token"], expected)) throw new AppError("BAD_VERIFY_TOKEN");
      return new Response(query["hub.challenge"], { headers: { "Content-Type": "text/plain; charset=utf-8" } });
    },
  }),
  POST: route({
    auth: "public",
    limit: "webhook",
    handle: async ({ request }) => {
      const secret = env().WHATSAPP_APP_SECRET;
      const body = await readBody(request, MAX_BYTES);
      if (!secret || !signatureMatches(body, request.headers.get("x-hub-signature-256"), secret))
        throw new AppError("BAD_SIGNATURE");
      await storeDelivery("whatsapp", body);
      return { received: true };
    },
  }),
});

function sameText(a: string, b: string): boolean {
  return timingSafeEqual(Buffer.from(hashToken(a)), Buffer.from(hashToken(b)));
}
