import { findInvite, inviteCookie } from "@/lib/auth/invites";
import { InviteCode } from "@/lib/auth/schema";
import { AppError } from "@/lib/error-handler";
import { endpoint, route } from "@/lib/http/route";

export const { GET, POST, PUT, PATCH, DELETE } = endpoint({
  POST: route({
    auth: "public",
    limit: "auth",
    body: InviteCode,
    handle: async ({ body: { code } }) => {
      const invite = await findInvite(code);
      if (!invite)
        throw new AppError("VALIDATION_ERROR", {
          details: [{ field: "code", message: "This code is unknown, was used or has expired" }],
        });
      return Response.json({ email: invite.email }, { headers: { "Set-Cookie": inviteCookie(code) } });
    },
  }),
});
