import { z } from "zod";
import { listConversations } from "@/lib/conversation/queries";
import { KeysetCursor } from "@/lib/http/cursor";
import { endpoint, page, PageQuery, route } from "@/lib/http/route";

const InboxQuery = PageQuery.extend({
  cursor: KeysetCursor.optional(),
  search: z
    .string()
    .trim()
    .max(100)
    .refine((text) => !text.includes("\0"), "Not a text")
    .optional(),
});

export const { GET, POST, PUT, PATCH, DELETE } = endpoint({
  GET: route({
    auth: "member",
    query: InboxQuery,
    withoutBusiness: [],
    handle: async ({ ctx, request, query }) => {
      const { items, nextCursor } = await listConversations(ctx, query);
      return page(request, items, nextCursor);
    },
  }),
});
