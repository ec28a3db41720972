import { randomUUID } from "node:crypto";
import pg from "pg";
import { inject } from "vitest";

interface TestPostgres {
  /** superuser, any database */
  adminUrl: string;
  /** the login that the application has; not a superuser */
  login: { user: string; password: string };
  /** a migrated database to clone */
  template: string;
}

declare module "vitest" {
  export interface ProvidedContext {
    testPostgres: TestPostgres;
  }
}

export interface TestDatabase {
  /** as the application's login, which owns the database */
  url: string;
  /** as superuser on this database */
  adminUrl: string;
  drop(): Promise<void>;
}

/** A database of its own for a test: a clone of the migrated template, or an empty one. */
export async function createTestDatabase(options: { migrated?: boolean } = {}): Promise<TestDatabase> {
  const { adminUrl, login, template } = inject("testPostgres");
  const name = `test_${randomUUID().replaceAll("-", "")}`;
  const source = options.migrated === false ? "template1" : template;
  await runOn(adminUrl, `CREATE DATABASE ${name} OWNER ${login.user} TEMPLATE ${source}`);
  return {
    url: databaseUrl(adminUrl, name, login),
    adminUrl: databaseUrl(adminUrl, name),
    drop: () => runOn(adminUrl, `DROP DATABASE IF EXISTS ${name} WITH (FORCE)`),
  };
}

/** The same server's address for another database and, if given, another login. */
export function databaseUrl(base: string, database: string, login?: { user: string; password: string }): string {
  const url = new URL(base);
  url.pathname = `/${database}`;
  if (login) Object.assign(url, { username: login.user, password: login.password });
  return url.href;
}

/** Runs one statement on a connection of its own. */
export async function runOn(connectionString: string, statement: string): Promise<void> {
  const client = new pg.Client({ connectionString });
  await client.connect();
  try {
    await client.query(statement);
  } finally {
    await client.end();
  }
}
