import { v7 as uuidv7 } from "uuid";
import { actorName, type Ctx } from "@/lib/context";
import type { Prisma } from "@/generated/prisma/client";
import type { Tx } from "@/lib/db";

interface Entry {
  action: string;
  entity: string;
  entityId: string;
  before?: Prisma.InputJsonValue;
  after?: Prisma.InputJsonValue;
}

/** Writes who did what, in the write's own transaction. */
export async function recordActivity(
  tx: Tx,
  ctx: Pick<Ctx, "businessId" | "actor" | "requestId">,
  entry: Entry,
): Promise<void> {
  await tx.activity.create({
    data: { id: uuidv7(), businessId: ctx.businessId, actor: actorName(ctx.actor), requestId: ctx.requestId, ...entry },
  });
}
