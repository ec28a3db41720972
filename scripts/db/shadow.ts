import { randomUUID } from "node:crypto";
import pg from "pg";
import { applyMigrations, MigrationError } from "./migrate";
import type { Migration } from "./migrationFiles";

const INSUFFICIENT_PRIVILEGE = "42501";

/**
 * Makes a throw-away database beside the one at `url`, applies `migrations` to it and hands `work` its address.
 * Throws MigrationError when the login may not create databases.
 */
export async function withShadowDatabase<T>(
  url: string,
  migrations: Migration[],
  work: (shadowUrl: string) => Promise<T>,
): Promise<T> {
  const name = `shadow_${randomUUID().replaceAll("-", "")}`;
  await withClient(url, (client) => createDatabase(client, name));
  const shadow = new URL(url);
  shadow.pathname = `/${name}`;
  try {
    await withClient(shadow.href, (client) => applyMigrations(client, migrations));
    return await work(shadow.href);
  } finally {
    await withClient(url, (client) => client.query(`DROP DATABASE ${name} WITH (FORCE)`));
  }
}

async function createDatabase(client: pg.Client, name: string): Promise<void> {
  try {
    await client.query(`CREATE DATABASE ${name}`);
  } catch (cause) {
    if (cause instanceof pg.DatabaseError && cause.code === INSUFFICIENT_PRIVILEGE)
      throw new MigrationError(
        `The login ${client.user ?? ""} may not create the shadow database that comparing needs: ALTER ROLE it with CREATEDB, or use a development database.`,
        { cause },
      );
    throw cause;
  }
}

/** Hands `work` a connection of its own and closes it. */
export async function withClient<T>(connectionString: string, work: (client: pg.Client) => Promise<T>): Promise<T> {
  const client = new pg.Client({ connectionString });
  await client.connect();
  try {
    return await work(client);
  } finally {
    await client.end();
  }
}
