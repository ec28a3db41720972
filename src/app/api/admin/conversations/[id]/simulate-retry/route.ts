import { businessOfConversation } from "@/lib/health/queries";
import { endpoint, IdParams, route } from "@/lib/http/route";
import { rowId } from "@/lib/http/rowId";
import { simulateRetry } from "@/lib/turn/simulateRetry";

export const { GET, POST, PUT, PATCH, DELETE } = endpoint({
  POST: route({
    auth: "admin",
    params: IdParams,
    handle: async ({ params, actAs }) => {
      const id = rowId(params.id);
      return simulateRetry(actAs(await businessOfConversation(id)), id);
    },
  }),
});
