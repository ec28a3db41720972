import { z } from "zod";

/** GET /api/session: who is signed in. */
export const SessionView = z.object({
  userId: z.uuid(),
  email: z.string(),
  name: z.string().nullable(),
  isAdmin: z.boolean(),
  businessId: z.uuid().nullable(),
  role: z.enum(["OWNER", "MEMBER"]).nullable(),
});
export type SessionView = z.infer<typeof SessionView>;
