import { getAiHealth } from "@/lib/health/aiHealth";
import { endpoint, route } from "@/lib/http/route";
import { outboundView } from "@/lib/outbound/view";

export const { GET, POST, PUT, PATCH, DELETE } = endpoint({
  GET: route({ auth: "admin", handle: () => getAiHealth(outboundView) }),
});
