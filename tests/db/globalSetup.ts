import { randomBytes } from "node:crypto";
import { chmod, mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import path from "node:path";
import type { TestProject } from "vitest/node";
import { migrate } from "../../scripts/db/migrate";
import { startPostgres } from "../../scripts/embedded/postgres";
import { databaseUrl, runOn } from "./testDatabase";

/** One PostgreSQL for the run, with a migrated template to clone; TEST_POSTGRES_ADMIN_URL names one that runs already. */
export default async function setup(project: TestProject): Promise<() => Promise<void>> {
  const given = process.env.TEST_POSTGRES_ADMIN_URL;
  const { adminUrl, stop } = given ? { adminUrl: given, stop: undefined } : await startServer();
  const run = randomBytes(6).toString("hex");
  const login = { user: `frontdesk_${run}`, password: randomBytes(24).toString("hex") };
  const template = `template_${run}`;
  try {
    await makeLogin(adminUrl, login);
    await runOn(adminUrl, `CREATE DATABASE ${template} OWNER ${login.user}`);
    await migrate(databaseUrl(adminUrl, template, login));
  } catch (error) {
    await stop?.();
    throw error;
  }
  project.provide("testPostgres", { adminUrl, login, template });
  return async () => {
    if (stop) return stop();
    await runOn(adminUrl, `DROP DATABASE ${template} WITH (FORCE)`);
    await runOn(adminUrl, `DROP ROLE ${login.user}`);
  };
}

async function startServer(): Promise<{ adminUrl: string; stop: () => Promise<void> }> {
  const folder = await mkdtemp(path.join(tmpdir(), "frontdesk-test-"));
  // Under root the database runs as another user, who must be able to enter.
  await chmod(folder, 0o755);
  const postgres = await startPostgres(path.join(folder, "postgres"), { inMemoryDurability: true });
  const stop = async () => {
    await postgres.stop();
    await rm(folder, { recursive: true, force: true });
  };
  return { adminUrl: postgres.adminUrl, stop };
}

/** A login as the application has it. The two roles may be there from another run, where it may not grant them to itself. */
async function makeLogin(adminUrl: string, { user, password }: { user: string; password: string }): Promise<void> {
  await runOn(
    adminUrl,
    `CREATE ROLE ${user} LOGIN CREATEROLE CREATEDB NOSUPERUSER PASSWORD '${password}';
     DO $$ DECLARE r text; BEGIN
       FOREACH r IN ARRAY ARRAY['frontdesk_app', 'frontdesk_system'] LOOP
         IF NOT EXISTS (SELECT FROM pg_roles WHERE rolname = r) THEN EXECUTE format('CREATE ROLE %I NOLOGIN', r); END IF;
         EXECUTE format('GRANT %I TO ${user} WITH INHERIT FALSE, SET TRUE', r);
       END LOOP;
     END $$`,
  );
}
