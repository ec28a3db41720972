import { listAlerts } from "@/lib/health/queries";
import { KeysetCursor } from "@/lib/http/cursor";
import { endpoint, page, PageQuery, route } from "@/lib/http/route";

export const { GET, POST, PUT, PATCH, DELETE } = endpoint({
  GET: route({
    auth: "admin",
    query: PageQuery.extend({ cursor: KeysetCursor.optional() }),
    handle: async ({ request, query }) => {
      const { items, nextCursor } = await listAlerts(query);
      return page(request, items, nextCursor);
    },
  }),
});
