import { checkHealth } from "@/lib/health/health";
import { endpoint, route } from "@/lib/http/route";

export const { GET, POST, PUT, PATCH, DELETE } = endpoint({
  GET: route({
    auth: "public",
    limit: "none",
    handle: async () => {
      const health = await checkHealth();
      return health.status === "down"
        ? Response.json(health, { status: 503, headers: { "Retry-After": "5" } })
        : health;
    },
  }),
});
