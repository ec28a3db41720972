import { markRead } from "@/lib/conversation/markRead";
import { endpoint, IdParams, route } from "@/lib/http/route";
import { rowId } from "@/lib/http/rowId";

export const { GET, POST, PUT, PATCH, DELETE } = endpoint({
  POST: route({
    auth: "member",
    params: IdParams,
    handle: ({ ctx, params }) => markRead(ctx, rowId(params.id)),
  }),
});
