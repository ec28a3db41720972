import { z } from "zod";
import { ItemCursor } from "@/lib/conversation/itemCursor";
import { listItems } from "@/lib/conversation/queries";
import { created, endpoint, IdParams, page, PageQuery, route } from "@/lib/http/route";
import { rowId } from "@/lib/http/rowId";
import { getOutbound } from "@/lib/outbound/getOutbound";
import { SendMessage } from "@/lib/outbound/schema";
import { sendPersonMessage } from "@/lib/outbound/sendPersonMessage";

const ItemsQuery = PageQuery.extend({
  limit: z.coerce.number().int().min(1).max(100).default(100),
  cursor: ItemCursor.optional(),
});

export const { GET, POST, PUT, PATCH, DELETE } = endpoint({
  GET: route({
    auth: "member",
    params: IdParams,
    query: ItemsQuery,
    handle: async ({ ctx, request, params, query }) => {
      const { items, nextCursor } = await listItems(ctx, rowId(params.id), query);
      return page(request, items, nextCursor);
    },
  }),
  POST: route({
    auth: "member",
    params: IdParams,
    body: SendMessage,
    idempotencyKey: "required",
    handle: async ({ ctx, params, body, idempotencyKey }) => {
      const id = await sendPersonMessage(ctx, rowId(params.id), body.text, idempotencyKey);
      return created(await getOutbound(ctx, id));
    },
  }),
});
