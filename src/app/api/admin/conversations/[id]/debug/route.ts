import { getConversationDebug } from "@/lib/conversation/debug";
import { businessOfConversation } from "@/lib/health/queries";
import { endpoint, IdParams, route } from "@/lib/http/route";
import { rowId } from "@/lib/http/rowId";

export const { GET, POST, PUT, PATCH, DELETE } = endpoint({
  GET: route({
    auth: "admin",
    params: IdParams,
    handle: async ({ params, actAs }) => {
      const id = rowId(params.id);
      return getConversationDebug(actAs(await businessOfConversation(id)), id);
    },
  }),
});
