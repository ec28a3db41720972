import { z } from "zod";
import { readSession } from "@/lib/auth/session";
import { openStream } from "@/lib/events/stream";
import { endpoint, route } from "@/lib/http/route";

/** For a client that cannot set Last-Event-ID itself. */
const EventsQuery = z.strictObject({
  after: z
    .string()
    .regex(/^\d{1,18}-\d{1,18}$/, "The id of an event")
    .optional(),
});

export const { GET, POST, PUT, PATCH, DELETE } = endpoint({
  GET: route({
    auth: "member",
    query: EventsQuery,
    handle: ({ ctx, request, query }) =>
      openStream({
        ctx,
        after: request.headers.get("last-event-id") ?? query.after ?? null,
        signal: request.signal,
        stillAllowed: async () => (await readSession(request.headers))?.businessId === ctx.businessId,
      }),
  }),
});
