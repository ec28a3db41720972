import type { Logger } from "pino";
import type { Db } from "@/lib/db";

/** Who acts: a signed-in user, the receptionist's engine, the customer, or the program itself. */
export type Actor = { kind: "user"; userId: string; isAdmin: boolean } | { kind: "engine" | "customer" | "system" };

/** Everything a unit of work is handed. Made in three places: a route, a webhook, a job. */
export interface Ctx {
  db: Db;
  businessId: string;
  actor: Actor;
  requestId: string;
  log: Logger;
  now: () => Date;
}

/** The actor as the activity log writes it. */
export function actorName(actor: Actor): string {
  return actor.kind === "user" ? `user:${actor.userId}` : actor.kind;
}
