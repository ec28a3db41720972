import { handBack } from "@/lib/conversation/handBack";
import { endpoint, IdParams, route } from "@/lib/http/route";
import { rowId } from "@/lib/http/rowId";

export const { GET, POST, PUT, PATCH, DELETE } = endpoint({
  POST: route({
    auth: "member",
    params: IdParams,
    handle: ({ ctx, params }) => handBack(ctx, rowId(params.id)),
  }),
});
