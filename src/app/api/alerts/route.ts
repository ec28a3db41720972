import { listOpenAlerts } from "@/lib/alerts/queries";
import { KeysetCursor } from "@/lib/http/cursor";
import { endpoint, page, PageQuery, route } from "@/lib/http/route";

export const { GET, POST, PUT, PATCH, DELETE } = endpoint({
  GET: route({
    auth: "member",
    query: PageQuery.extend({ cursor: KeysetCursor.optional() }),
    withoutBusiness: [],
    handle: async ({ ctx, request, query }) => {
      const { items, nextCursor } = await ctx.db.$transaction((tx) => listOpenAlerts(tx, ctx.businessId, query));
      return page(request, items, nextCursor);
    },
  }),
});
