import NextAuth from "next-auth";
import { NextRequest } from "next/server";
import { z } from "zod";
import { authOptions, ownAddress } from "@/lib/auth/options";
import { env } from "@/lib/env";
import { AppError } from "@/lib/error-handler";
import { readBody } from "@/lib/http/body";
import { endpoint, route } from "@/lib/http/route";

// Of next-auth only the way in. Who is signed in, and the way out, is /api/session.
const ACTIONS: Record<string, string[]> = {
  GET: ["csrf", "providers", "signin", "callback", "error"],
  POST: ["signin"],
};
const MAX_BYTES = 16 * 1024;

// A sign-in is two of the counted ones, leaving and coming back; what a page asks before is a read like another.
const READS = new Set(["/api/auth/csrf", "/api/auth/providers", "/api/auth/error"]);

const signIn = declare({ limit: "auth" });
const read = declare({});

export const { GET, POST, PUT, PATCH, DELETE } = endpoint({
  GET: (request, context) => (READS.has(new URL(request.url).pathname) ? read : signIn)(request, context),
  POST: signIn,
});

function declare(limit: { limit?: "auth" }) {
  return route({
    auth: "public",
    ...limit,
    params: z.object({ nextauth: z.tuple([z.string()], z.string()) }),
    handle: async ({ request, params: { nextauth } }) => {
      if (!ACTIONS[request.method]?.includes(nextauth[0])) throw new AppError("NOT_FOUND");
      refuseForeignReturn(request);
      const options = authOptions(request.headers);
      const response = (await NextAuth(await bounded(request), { params: { nextauth } }, options)) as Response;
      if (response.status >= 500) throw new AppError("INTERNAL_ERROR", { cause: await response.text() });
      if (response.status >= 400) throw new AppError("NOT_FOUND");
      return response;
    },
  });
}

function refuseForeignReturn(request: Request): void {
  const returnTo = new URL(request.url).searchParams.get("callbackUrl");
  if (returnTo !== null && !ownAddress(returnTo, env().APP_URL))
    throw new AppError("VALIDATION_ERROR", {
      details: [{ field: "callbackUrl", message: "Must be an address of this site" }],
    });
}

// next-auth takes cookies and headers from Next, but reads a body of any length and of two types; here it is a small form.
async function bounded(request: Request): Promise<NextRequest> {
  if (request.method !== "POST") return new NextRequest(request.url);
  const form = "application/x-www-form-urlencoded";
  if (!request.headers.get("content-type")?.startsWith(form)) throw new AppError("UNSUPPORTED_MEDIA_TYPE");
  const body = new Uint8Array(await readBody(request, MAX_BYTES));
  return new NextRequest(request.url, { method: "POST", headers: { "content-type": form }, body });
}
