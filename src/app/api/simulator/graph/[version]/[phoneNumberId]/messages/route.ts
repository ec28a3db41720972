import { after } from "next/server";
import { z } from "zod";
import { env } from "@/lib/env";
import { AppError } from "@/lib/error-handler";
import { endpoint, route } from "@/lib/http/route";
import { acceptSend } from "@/lib/simulator/graphStandIn";

export const { GET, POST, PUT, PATCH, DELETE } = endpoint({
  POST: route({
    auth: "public",
    limit: "webhook",
    params: z.object({ version: z.string(), phoneNumberId: z.string().regex(/^\d{1,32}$/) }),
    body: z.unknown(),
    handle: async ({ params, body, request, ...reach }) => {
      if (!env().simulator) throw new AppError("NOT_FOUND");
      const answer = await acceptSend(reach, params.phoneNumberId, request.headers.get("authorization"), body);
      if (answer.after) after(answer.after);
      return Response.json(answer.body, { status: answer.status });
    },
  }),
});
