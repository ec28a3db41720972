import { endpoint, IdParams, route } from "@/lib/http/route";
import { rowId } from "@/lib/http/rowId";
import { getOutbound } from "@/lib/outbound/getOutbound";
import { leaveIt } from "@/lib/outbound/resolveUnknown";

export const { GET, POST, PUT, PATCH, DELETE } = endpoint({
  POST: route({
    auth: "member",
    params: IdParams,
    handle: async ({ ctx, params }) => getOutbound(ctx, await leaveIt(ctx, rowId(params.id))),
  }),
});
