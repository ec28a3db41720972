import pg from "pg";

/** Makes the application's login and database where they are missing, and gives the login its password. */
export async function prepareLogin(adminUrl: string, password: string): Promise<void> {
  const client = new pg.Client({ connectionString: adminUrl });
  await client.connect();
  try {
    const role = await client.query("SELECT FROM pg_roles WHERE rolname = 'frontdesk'");
    if (role.rowCount === 0) {
      const literal = client.escapeLiteral(password);
      await client.query(`CREATE ROLE frontdesk LOGIN CREATEROLE CREATEDB NOSUPERUSER PASSWORD ${literal}`);
    }
    const database = await client.query("SELECT FROM pg_database WHERE datname = 'frontdesk'");
    if (database.rowCount === 0) await client.query("CREATE DATABASE frontdesk OWNER frontdesk");
  } finally {
    await client.end();
  }
}
