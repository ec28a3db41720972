import { defineConfig } from "@playwright/test";

const port = process.env.E2E_PORT ?? "3999";
const address = `http://localhost:${port}`;
const executablePath = process.env.PLAYWRIGHT_CHROMIUM;

export default defineConfig({
  testDir: "e2e",
  outputDir: "test-results",
  workers: 1,
  retries: 0,
  forbidOnly: true,
  timeout: 60_000,
  reporter: [["list"], ["json", { outputFile: ".reports/e2e.json" }]],
  use: {
    baseURL: address,
    screenshot: "only-on-failure",
    trace: "retain-on-failure",
    launchOptions: {
      ...(executablePath && { executablePath }),
      args: [
        ...(process.getuid?.() === 0 ? ["--no-sandbox"] : []),
        "--disable-gpu",
        "--disable-quic",
        "--no-first-run",
        "--disable-background-networking",
        "--disable-component-update",
        "--disable-sync",
      ],
    },
  },
  // The program as people start it, on a data folder of its own.
  webServer: {
    command: "node scripts/start.mjs --no-env-file",
    url: `${address}/api/ping`,
    env: {
      DATABASE_URL: "",
      APP_URL: address,
      PORT: port,
      FRONTDESK_DEMO: "1",
      FRONTDESK_DATA_DIR: process.env.E2E_DATA ?? ".data/e2e",
      // One person of flesh and blood is slower than these tests.
      RATE_LIMIT_USER: "100000",
      RATE_LIMIT_ANONYMOUS: "100000",
      RATE_LIMIT_AUTH: "100000",
    },
    timeout: 180_000,
    reuseExistingServer: false,
    gracefulShutdown: { signal: "SIGTERM", timeout: 20_000 },
  },
});
