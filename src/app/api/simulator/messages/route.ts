import { env } from "@/lib/env";
import { AppError } from "@/lib/error-handler";
import { accepted, endpoint, route } from "@/lib/http/route";
import { phoneMessages } from "@/lib/simulator/queries";
import { PhoneQuery, TypeAsCustomer } from "@/lib/simulator/schema";
import { typeAsCustomer } from "@/lib/simulator/typeAsCustomer";

export const { GET, POST, PUT, PATCH, DELETE } = endpoint({
  GET: route({
    auth: "owner",
    query: PhoneQuery,
    withoutBusiness: [],
    handle: ({ ctx, query }) => ctx.db.$transaction((tx) => phoneMessages(tx, ctx.businessId, query.customer)),
  }),
  POST: route({
    auth: "owner",
    body: TypeAsCustomer,
    callsOut: true,
    handle: async ({ ctx, body }) => {
      if (!env().simulator) throw new AppError("SIMULATOR_OFF");
      return accepted(await typeAsCustomer(ctx, body));
    },
  }),
});
