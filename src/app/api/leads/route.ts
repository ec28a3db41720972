import { KeysetCursor } from "@/lib/http/cursor";
import { endpoint, page, PageQuery, route } from "@/lib/http/route";
import { listLeads } from "@/lib/leads/queries";

export const { GET, POST, PUT, PATCH, DELETE } = endpoint({
  GET: route({
    auth: "member",
    query: PageQuery.extend({ cursor: KeysetCursor.optional() }),
    withoutBusiness: [],
    handle: async ({ ctx, request, query }) => {
      const { items, nextCursor } = await listLeads(ctx, query);
      return page(request, items, nextCursor);
    },
  }),
});
