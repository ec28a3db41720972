import { created, endpoint, IdParams, route } from "@/lib/http/route";
import { rowId } from "@/lib/http/rowId";
import { getOutbound } from "@/lib/outbound/getOutbound";
import { sendAgain } from "@/lib/outbound/resolveUnknown";

export const { GET, POST, PUT, PATCH, DELETE } = endpoint({
  POST: route({
    auth: "member",
    params: IdParams,
    idempotencyKey: "required",
    handle: async ({ ctx, params }) => created(await getOutbound(ctx, await sendAgain(ctx, rowId(params.id)))),
  }),
});
