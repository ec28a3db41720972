import { env } from "@/lib/env";
import { endpoint, route } from "@/lib/http/route";
import { simulatorChannel } from "@/lib/simulator/queries";
import type { SimulatorInfo } from "@/lib/simulator/schema";

export const { GET, POST, PUT, PATCH, DELETE } = endpoint({
  GET: route({
    auth: "owner",
    withoutBusiness: null,
    handle: async ({ ctx }): Promise<SimulatorInfo> => {
      const { simulator, FRONTDESK_DEMO, WHATSAPP_APP_SECRET, WHATSAPP_VERIFY_TOKEN } = env();
      const channel = simulator ? await ctx.db.$transaction((tx) => simulatorChannel(tx, ctx.businessId)) : null;
      const enabled = channel !== null;
      // Outside the demo they are those of a real Meta app.
      const shown = enabled && FRONTDESK_DEMO;
      return {
        enabled,
        phoneNumberId: channel?.phoneNumberId ?? null,
        displayNumber: channel?.displayNumber ?? null,
        appSecret: shown ? (WHATSAPP_APP_SECRET ?? null) : null,
        verifyToken: shown ? (WHATSAPP_VERIFY_TOKEN ?? null) : null,
      };
    },
  }),
});
