import { resumeChannel } from "@/lib/channels/resumeChannel";
import { endpoint, IdParams, route } from "@/lib/http/route";
import { rowId } from "@/lib/http/rowId";

export const { GET, POST, PUT, PATCH, DELETE } = endpoint({
  POST: route({
    auth: "owner",
    params: IdParams,
    handle: ({ ctx, params }) => resumeChannel(ctx, rowId(params.id)),
  }),
});
