import { getBusiness } from "@/lib/business/queries";
import { endpoint, route } from "@/lib/http/route";

export const { GET, POST, PUT, PATCH, DELETE } = endpoint({
  GET: route({
    auth: "member",
    withoutBusiness: null,
    handle: ({ ctx }) => getBusiness(ctx, ctx.businessId),
  }),
});
