import type pg from "pg";
import { PgBoss } from "pg-boss";
import { QUEUES } from "@/lib/queue/queue";

/**
 * Brings the queue's own schema and the list of queues up to date. `connectionString` is unpooled. Safe to run again.
 * The application's roles may add jobs and wake workers, and read of a job no more than its id.
 */
export async function installQueue(connectionString: string, client: pg.ClientBase): Promise<void> {
  const boss = new PgBoss({ connectionString, schedule: false, supervise: false, max: 2 });
  boss.on("error", () => undefined);
  await boss.start();
  try {
    for (const [name, { policy, ...options }] of Object.entries(QUEUES)) {
      if (await boss.getQueue(name)) await boss.updateQueue(name, options);
      else await boss.createQueue(name, { policy, ...options });
    }
  } finally {
    await boss.stop({ graceful: false });
  }
  await client.query(`
    GRANT USAGE ON SCHEMA pgboss TO frontdesk_app, frontdesk_system;
    GRANT SELECT ON pgboss.queue TO frontdesk_app, frontdesk_system;
    GRANT INSERT, SELECT (id, start_after) ON pgboss.job, pgboss.job_common TO frontdesk_app, frontdesk_system;
  `);
}
