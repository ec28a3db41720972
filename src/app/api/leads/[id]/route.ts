import { endpoint, IdParams, route } from "@/lib/http/route";
import { rowId } from "@/lib/http/rowId";
import { getLead } from "@/lib/leads/queries";

export const { GET, POST, PUT, PATCH, DELETE } = endpoint({
  GET: route({
    auth: "member",
    params: IdParams,
    handle: ({ ctx, params }) => getLead(ctx, rowId(params.id)),
  }),
});
