import { spawn } from "node:child_process";
import { once } from "node:events";
import { mkdirSync, rmSync, writeFileSync } from "node:fs";
import path from "node:path";

const FOLDER = ".next/bench-bare";

const ROUTE = `import { randomUUID } from "node:crypto";
import pg from "pg";

const pool = new pg.Pool({ connectionString: process.env.DATABASE_URL, max: 10 });
export const dynamic = "force-dynamic";

export function GET() {
  return new Response();
}

export async function POST(request) {
  await request.arrayBuffer();
  await pool.query("INSERT INTO bench_bare (id) VALUES ($1)", [randomUUID()]);
  return Response.json({ received: true });
}
`;

const LAYOUT = `export default function Layout({ children }) {
  return <html lang="en"><body>{children}</body></html>;
}
`;

/** The table that the bare handler inserts into. */
export const BARE_TABLE = "CREATE TABLE bench_bare (id uuid NOT NULL UNIQUE)";

/**
 * Builds the ceiling: a Next app of one route, the same Next, standalone, in production, that reads the body and does
 * one single-row unique insert through pg. Resolves with the server's file; its route is `/deliveries`.
 */
export async function buildBareHandler(): Promise<string> {
  const root = JSON.stringify(path.resolve("."));
  rmSync(FOLDER, { recursive: true, force: true });
  mkdirSync(`${FOLDER}/app/deliveries`, { recursive: true });
  writeFileSync(`${FOLDER}/app/layout.jsx`, LAYOUT);
  writeFileSync(`${FOLDER}/app/deliveries/route.js`, ROUTE);
  writeFileSync(
    `${FOLDER}/next.config.mjs`,
    `export default { output: "standalone", poweredByHeader: false, serverExternalPackages: ["pg"], outputFileTracingRoot: ${root}, turbopack: { root: ${root} } };\n`,
  );
  writeFileSync(`${FOLDER}/package.json`, '{ "name": "bench-bare", "private": true, "type": "module" }\n');
  const next = spawn(path.resolve("node_modules/.bin/next"), ["build"], {
    cwd: FOLDER,
    stdio: ["ignore", "ignore", "inherit"],
    env: { ...process.env, NODE_ENV: "production", NEXT_TELEMETRY_DISABLED: "1" },
  });
  const [code] = (await once(next, "exit")) as [number | null];
  if (code !== 0) throw new Error("The bare handler could not be built.");
  return `${FOLDER}/.next/standalone/${FOLDER}/server.js`;
}
