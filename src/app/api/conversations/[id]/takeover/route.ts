import { takeOver } from "@/lib/conversation/takeOver";
import { endpoint, IdParams, route } from "@/lib/http/route";
import { rowId } from "@/lib/http/rowId";

export const { GET, POST, PUT, PATCH, DELETE } = endpoint({
  POST: route({
    auth: "member",
    params: IdParams,
    handle: ({ ctx, params }) => takeOver(ctx, rowId(params.id)),
  }),
});
