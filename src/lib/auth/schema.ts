import { z } from "zod";

/** DELETE /api/session: this session, or with `everywhere=1` all of the user's. */
export const SignOutQuery = z.strictObject({ everywhere: z.literal("1").optional() });

/** POST /api/session/invite: a code as its holder typed it. */
export const InviteCode = z.strictObject({ code: z.string().trim().min(1, "Enter the code").max(100) });

/** Answer of POST /api/session/invite: the address that the invite is for, where it is bound to one. */
export const InviteView = z.object({ email: z.string().nullable() });

/** Answer of POST /api/demo/sign-in. */
export const DemoSignIn = z.object({ redirectTo: z.string() });
