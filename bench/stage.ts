import { type ChildProcess } from "node:child_process";
import { existsSync, rmSync } from "node:fs";
import pg from "pg";
import { closeDb } from "@/lib/db";
import { migrate } from "../scripts/db/migrate";
import { startPostgres, type RunningPostgres } from "../scripts/embedded/postgres";
import { freePort } from "../scripts/launch/ports";
import { WEB, WORKER } from "../scripts/launch/programs";
import { createScene, setTestEnvironment, type Scene } from "../tests/fixtures/scene";
import { BARE_TABLE, buildBareHandler } from "./bareHandler";
import { type GraphAnswer } from "./graph";
import { type Load, type LoadResult } from "./load";
import { ask, end, startNode, startOwn, untilAnswering, untilReady } from "./processes";

// The database keeps its promises here: nothing is switched off that makes a commit durable.
const DATA = ".data/bench";

/** Everything the parts run on: real processes on loopback, and superuser access to what they keep. */
export interface Stage {
  scene: Scene;
  web: ChildProcess;
  webhook: string;
  bare: string;
  startWorker(): Promise<ChildProcess>;
  load(load: Omit<Load, "phoneNumberId">): Promise<LoadResult>;
  graph(): Promise<GraphAnswer>;
  query<T extends pg.QueryResultRow>(sql: string): Promise<T[]>;
}

/** Runs `work` on a fresh database with the built web server, the bare handler and the stand-in for Graph; ends them all. */
export async function onStage(work: (stage: Stage) => Promise<void>): Promise<void> {
  const bareServer = await buildBareHandler();
  const postgres = await freshPostgres();
  const started: ChildProcess[] = [];
  const own = (child: ChildProcess) => {
    started.push(child);
    return child;
  };
  const admin = new pg.Client({ connectionString: adminUrl(postgres.adminUrl) });
  try {
    await migrate(postgres.url);
    setTestEnvironment(postgres.url);
    const scene = await createScene();
    await closeDb();
    await admin.connect();
    await admin.query(`${BARE_TABLE}; GRANT INSERT ON bench_bare TO frontdesk`);
    const [load, graph] = [own(startOwn("load.ts")), own(startOwn("graph.ts"))];
    const { url: graphUrl } = await ask<GraphAnswer>(graph, {});
    const env = await environment(postgres.url, { WHATSAPP_GRAPH_URL: graphUrl });
    const web = own(startNode(WEB, env));
    await untilAnswering(web, `${env.APP_URL}/api/ping`);
    const bareEnv = await environment(postgres.url);
    await untilAnswering(own(startNode([bareServer], bareEnv)), `${bareEnv.APP_URL}/deliveries`);
    await work({
      scene,
      web,
      webhook: `${env.APP_URL}/api/webhooks/whatsapp`,
      bare: `${bareEnv.APP_URL}/deliveries`,
      startWorker: async () => {
        const worker = own(startNode(WORKER, env));
        await untilReady(worker);
        return worker;
      },
      load: (plan) => ask<LoadResult>(load, { phoneNumberId: scene.phoneNumberId, ...plan }),
      graph: () => ask<GraphAnswer>(graph, {}),
      query: async (sql) => (await admin.query(sql)).rows,
    });
  } finally {
    await Promise.all(started.map(end));
    await admin.end().catch(() => undefined);
    await postgres.stop();
    rmSync(DATA, { recursive: true, force: true });
  }
}

/** An empty cluster. What a run that was killed has left, its server included, is removed first. */
async function freshPostgres(): Promise<RunningPostgres> {
  if (existsSync(DATA)) await (await startPostgres(DATA)).stop();
  rmSync(DATA, { recursive: true, force: true });
  return startPostgres(DATA);
}

function adminUrl(url: string): string {
  return Object.assign(new URL(url), { pathname: "/frontdesk" }).href;
}

/** What a server is started with: nothing of the developer's own environment decides what is measured. */
async function environment(databaseUrl: string, more: Record<string, string> = {}): Promise<Record<string, string>> {
  const port = await freePort();
  const baseUrl = `http://127.0.0.1:${port}`;
  const secrets = ["NEXTAUTH_SECRET", "ENCRYPTION_KEY", "WHATSAPP_APP_SECRET", "WHATSAPP_VERIFY_TOKEN"];
  return {
    PATH: process.env.PATH ?? "",
    NODE_ENV: "production",
    NEXT_TELEMETRY_DISABLED: "1",
    HOSTNAME: "127.0.0.1",
    PORT: String(port),
    APP_URL: baseUrl,
    NEXTAUTH_URL: baseUrl,
    DATABASE_URL: databaseUrl,
    ...Object.fromEntries(secrets.map((name) => [name, process.env[name] ?? ""])),
    ...more,
  };
}
