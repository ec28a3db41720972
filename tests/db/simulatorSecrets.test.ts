import { afterEach, expect, it, vi } from "vitest";
import { openDesk } from "./deskRows";

afterEach(() => vi.unstubAllEnvs());

it.each([
  ["1", "0", "the-app-secret"],
  ["0", "1", null],
])(
  "with FRONTDESK_DEMO=%s and FRONTDESK_SIMULATOR=%s an owner is shown the app secret %s",
  async (demo, simulator, shown) => {
    vi.resetModules();
    const secrets = { WHATSAPP_APP_SECRET: "the-app-secret", WHATSAPP_VERIFY_TOKEN: "the-verify-token" };
    for (const [name, value] of Object.entries({ ...secrets, FRONTDESK_DEMO: demo, FRONTDESK_SIMULATOR: simulator }))
      vi.stubEnv(name, value);
    const { desk, close } = await openDesk();
    try {
      const shop = await desk.shop();
      await desk.sql.query(`UPDATE "Channel" SET mode = 'SIMULATOR'`);
      const cookie = await desk.signIn(shop.ownerId);
      const { GET } = await import("@/app/api/simulator/route");
      const request = new Request("http://localhost/api/simulator", { headers: { cookie } });
      const answer = await GET(request, { params: Promise.resolve({}) });
      const verifyToken = shown && "the-verify-token";
      expect(await answer.json()).toMatchObject({ enabled: true, appSecret: shown, verifyToken });
    } finally {
      await close();
    }
  },
);
