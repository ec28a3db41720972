import { startDemoSession } from "@/lib/auth/demo";
import { sessionCookie, sessionToken } from "@/lib/auth/session";
import { endpoint, route } from "@/lib/http/route";

export const { GET, POST, PUT, PATCH, DELETE } = endpoint({
  POST: route({
    auth: "public",
    limit: "auth",
    handle: async ({ request }) => {
      const token = await startDemoSession(sessionToken(request.headers));
      return Response.json({ redirectTo: "/inbox" }, { headers: { "Set-Cookie": sessionCookie(token) } });
    },
  }),
});
