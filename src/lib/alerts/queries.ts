import type { Tx } from "@/lib/db";
import { publish } from "@/lib/events/publish";

interface Trouble {
  kind:
    "unknown_number" | "strange_delivery" | "channel_paused" | "uncertain_send" | "provider_notice" | "limiter_away";
  /** what it is about; the same kind and subject again count up while the alert is open */
  subject: string;
  message: string;
}

/** Tells the business, or with `null` the platform's admins, of trouble; the same trouble again counts up. */
export async function raiseAlert(
  tx: Tx,
  businessId: string | null,
  { kind, subject, message }: Trouble,
): Promise<void> {
  await tx.$executeRaw`
    INSERT INTO "Alert" (id, "businessId", kind, subject, message)
    VALUES (gen_random_uuid(), ${businessId}::uuid, ${kind}, ${subject.slice(0, 200)}, ${message.slice(0, 1000)})
    ON CONFLICT (COALESCE("businessId", '00000000-0000-0000-0000-000000000000'), kind, subject) WHERE "resolvedAt" IS NULL
    DO UPDATE SET count = "Alert".count + 1, "lastAt" = now(), message = excluded.message`;
  if (businessId) await publish(tx, businessId, "alert.raised", { kind });
}
