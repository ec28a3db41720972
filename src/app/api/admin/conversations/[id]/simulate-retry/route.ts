import { z } from "zod";
import { systemDb } from "@/lib/db";
import { AppError } from "@/lib/error-handler";
import { endpoint, IdParams, route } from "@/lib/http/route";
import { businessOfConversation } from "@/lib/turn/queries";
import { simulateRetry } from "@/lib/turn/simulateRetry";

export const { GET, POST, PUT, PATCH, DELETE } = endpoint({
  POST: route({
    auth: "admin",
    params: IdParams,
    handle: async ({ params: { id }, actAs }) => {
      const businessId = z.uuid().safeParse(id).success
        ? await systemDb().$transaction((tx) => businessOfConversation(tx, id))
        : null;
      if (!businessId) throw new AppError("NOT_FOUND");
      return simulateRetry(actAs(businessId), id);
    },
  }),
});
