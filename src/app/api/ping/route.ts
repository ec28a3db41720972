import { endpoint } from "@/lib/http/route";

/** The monitor's question whether the process answers: it touches nothing and passes no wrapper. */
export function GET(): Response {
  return new Response('{"status":"ok"}', { headers: { "Content-Type": "application/json" } });
}

export const { POST, PUT, PATCH, DELETE } = endpoint({ GET: async () => GET() });
