import { getBusiness } from "@/lib/business/queries";
import { endpoint, IdParams, route } from "@/lib/http/route";
import { rowId } from "@/lib/http/rowId";

export const { GET, POST, PUT, PATCH, DELETE } = endpoint({
  GET: route({
    auth: "member",
    params: IdParams,
    handle: ({ ctx, params }) => getBusiness(ctx, rowId(params.id)),
  }),
});
