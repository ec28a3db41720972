import { listDeliveries } from "@/lib/health/queries";
import { RawDelivery } from "@/lib/health/schema";
import { KeysetCursor } from "@/lib/http/cursor";
import { endpoint, page, PageQuery, route } from "@/lib/http/route";

export const { GET, POST, PUT, PATCH, DELETE } = endpoint({
  GET: route({
    auth: "admin",
    query: PageQuery.extend({ cursor: KeysetCursor.optional(), status: RawDelivery.shape.status.optional() }),
    handle: async ({ request, query }) => {
      const { items, nextCursor } = await listDeliveries(query);
      return page(request, items, nextCursor);
    },
  }),
});
