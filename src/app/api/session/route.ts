import { SignOutQuery } from "@/lib/auth/schema";
import { endAllSessions, endSession, sessionCookie } from "@/lib/auth/session";
import { endpoint, noContent, route } from "@/lib/http/route";

export const { GET, POST, PUT, PATCH, DELETE } = endpoint({
  GET: route({
    auth: "user",
    handle: ({ session: { userId, email, name, isAdmin, businessId, role } }) => ({
      userId,
      email,
      name,
      isAdmin,
      businessId,
      role,
    }),
  }),
  DELETE: route({
    auth: "user",
    query: SignOutQuery,
    handle: async ({ session, query }) => {
      await (query.everywhere ? endAllSessions(session.userId) : endSession(session.sessionId));
      const response = noContent();
      response.headers.append("Set-Cookie", sessionCookie(null));
      return response;
    },
  }),
});
