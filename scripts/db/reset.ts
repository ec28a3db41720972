import { migrate } from "./migrate";
import { withClient } from "./shadow";

/** Removes everything in the database, the queue's jobs included, and migrates it anew. There is no way back. */
export async function resetDatabase(url: string): Promise<string[]> {
  await withClient(url, (client) =>
    client.query(`
      BEGIN;
      DROP SCHEMA IF EXISTS pgboss CASCADE;
      DROP SCHEMA public CASCADE;
      CREATE SCHEMA public;
      GRANT USAGE ON SCHEMA public TO PUBLIC;
      COMMIT`),
  );
  return migrate(url);
}
