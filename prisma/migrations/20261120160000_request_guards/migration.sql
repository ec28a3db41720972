-- Counters of the rate limiter, in the columns that rate-limiter-flexible expects. UNLOGGED: a count that a crash of
-- the database forgets costs nothing, and counting then waits for no disk.
CREATE UNLOGGED TABLE "RateLimit" (
    "key" VARCHAR(255) NOT NULL,
    "points" INTEGER NOT NULL DEFAULT 0,
    "expire" BIGINT,

    CONSTRAINT "RateLimit_pkey" PRIMARY KEY ("key")
);

CREATE TABLE "IdempotencyKey" (
    "id" UUID NOT NULL,
    "businessId" UUID,
    "userId" UUID NOT NULL,
    "key" TEXT NOT NULL,
    "requestHash" TEXT NOT NULL,
    "status" INTEGER,
    "headers" JSONB,
    "body" BYTEA,
    "createdAt" TIMESTAMPTZ(3) NOT NULL DEFAULT CURRENT_TIMESTAMP,

    CONSTRAINT "IdempotencyKey_pkey" PRIMARY KEY ("id")
);
CREATE INDEX "IdempotencyKey_createdAt_idx" ON "IdempotencyKey"("createdAt");
ALTER TABLE "IdempotencyKey" ADD CONSTRAINT "IdempotencyKey_businessId_fkey" FOREIGN KEY ("businessId") REFERENCES "Business"("id") ON DELETE CASCADE ON UPDATE CASCADE;

-- An admin of the platform may have no business; their keys are unique too.
CREATE UNIQUE INDEX "IdempotencyKey_businessId_userId_key_key" ON "IdempotencyKey"("businessId", "userId", "key") NULLS NOT DISTINCT;

ALTER TABLE "IdempotencyKey" ENABLE ROW LEVEL SECURITY;
ALTER TABLE "IdempotencyKey" FORCE ROW LEVEL SECURITY;
CREATE POLICY tenant ON "IdempotencyKey" TO frontdesk_app USING ("businessId" = current_business_id()) WITH CHECK ("businessId" = current_business_id());
-- The sweeper clears away what may no longer be answered from; of the rest, the system's own are those without a business.
CREATE POLICY system ON "IdempotencyKey" TO frontdesk_system
  USING (current_user = 'frontdesk_system' AND ("businessId" IS NULL OR "createdAt" < now() - interval '24 hours'))
  WITH CHECK (current_user = 'frontdesk_system' AND "businessId" IS NULL);
GRANT SELECT, INSERT, UPDATE ON "IdempotencyKey" TO frontdesk_app;
GRANT SELECT, INSERT, UPDATE, DELETE ON "IdempotencyKey" TO frontdesk_system;
