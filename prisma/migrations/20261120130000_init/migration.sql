-- CreateTable
CREATE TABLE "Business" (
    "id" UUID NOT NULL,
    "name" TEXT NOT NULL,
    "timeZone" TEXT NOT NULL,
    "country" TEXT NOT NULL,
    "currency" TEXT NOT NULL,
    "hours" JSONB NOT NULL DEFAULT '{}',
    "status" TEXT NOT NULL DEFAULT 'ACTIVE',
    "suspendedReason" TEXT,
    "version" INTEGER NOT NULL DEFAULT 1,
    "createdAt" TIMESTAMPTZ(3) NOT NULL DEFAULT CURRENT_TIMESTAMP,
    "updatedAt" TIMESTAMPTZ(3) NOT NULL,

    CONSTRAINT "Business_pkey" PRIMARY KEY ("id")
);

-- CreateTable
CREATE TABLE "User" (
    "id" UUID NOT NULL,
    "email" TEXT NOT NULL,
    "emailVerified" TIMESTAMPTZ(3),
    "name" TEXT,
    "image" TEXT,
    "isAdmin" BOOLEAN NOT NULL DEFAULT false,
    "createdAt" TIMESTAMPTZ(3) NOT NULL DEFAULT CURRENT_TIMESTAMP,

    CONSTRAINT "User_pkey" PRIMARY KEY ("id")
);

-- CreateTable
CREATE TABLE "Account" (
    "id" UUID NOT NULL,
    "userId" UUID NOT NULL,
    "provider" TEXT NOT NULL,
    "providerAccountId" TEXT NOT NULL,
    "createdAt" TIMESTAMPTZ(3) NOT NULL DEFAULT CURRENT_TIMESTAMP,

    CONSTRAINT "Account_pkey" PRIMARY KEY ("id")
);

-- CreateTable
CREATE TABLE "Session" (
    "id" UUID NOT NULL,
    "tokenHash" TEXT NOT NULL,
    "userId" UUID NOT NULL,
    "activeBusinessId" UUID,
    "expires" TIMESTAMPTZ(3) NOT NULL,
    "createdAt" TIMESTAMPTZ(3) NOT NULL DEFAULT CURRENT_TIMESTAMP,

    CONSTRAINT "Session_pkey" PRIMARY KEY ("id")
);

-- CreateTable
CREATE TABLE "Invite" (
    "id" UUID NOT NULL,
    "codeHash" TEXT NOT NULL,
    "email" TEXT,
    "admin" BOOLEAN NOT NULL DEFAULT false,
    "businessId" UUID,
    "role" TEXT NOT NULL DEFAULT 'OWNER',
    "expiresAt" TIMESTAMPTZ(3) NOT NULL,
    "usedAt" TIMESTAMPTZ(3),
    "usedById" UUID,
    "createdAt" TIMESTAMPTZ(3) NOT NULL DEFAULT CURRENT_TIMESTAMP,

    CONSTRAINT "Invite_pkey" PRIMARY KEY ("id")
);

-- CreateTable
CREATE TABLE "Member" (
    "id" UUID NOT NULL,
    "businessId" UUID NOT NULL,
    "userId" UUID NOT NULL,
    "role" TEXT NOT NULL,
    "createdAt" TIMESTAMPTZ(3) NOT NULL DEFAULT CURRENT_TIMESTAMP,

    CONSTRAINT "Member_pkey" PRIMARY KEY ("id")
);

-- CreateTable
CREATE TABLE "Channel" (
    "id" UUID NOT NULL,
    "businessId" UUID NOT NULL,
    "kind" TEXT NOT NULL DEFAULT 'WHATSAPP',
    "mode" TEXT NOT NULL DEFAULT 'GRAPH',
    "phoneNumberId" TEXT NOT NULL,
    "displayNumber" TEXT NOT NULL,
    "accessTokenEnc" TEXT,
    "status" TEXT NOT NULL DEFAULT 'ACTIVE',
    "pausedReason" TEXT,
    "version" INTEGER NOT NULL DEFAULT 1,
    "createdAt" TIMESTAMPTZ(3) NOT NULL DEFAULT CURRENT_TIMESTAMP,
    "updatedAt" TIMESTAMPTZ(3) NOT NULL,

    CONSTRAINT "Channel_pkey" PRIMARY KEY ("id")
);

-- CreateTable
CREATE TABLE "ChannelHolding" (
    "id" UUID NOT NULL,
    "businessId" UUID NOT NULL,
    "channelId" UUID NOT NULL,
    "phoneNumberId" TEXT NOT NULL,
    "heldFrom" TIMESTAMPTZ(3) NOT NULL,
    "heldUntil" TIMESTAMPTZ(3),

    CONSTRAINT "ChannelHolding_pkey" PRIMARY KEY ("id")
);

-- CreateTable
CREATE TABLE "Contact" (
    "id" UUID NOT NULL,
    "businessId" UUID NOT NULL,
    "displayName" TEXT,
    "optedOutAt" TIMESTAMPTZ(3),
    "version" INTEGER NOT NULL DEFAULT 1,
    "createdAt" TIMESTAMPTZ(3) NOT NULL DEFAULT CURRENT_TIMESTAMP,
    "updatedAt" TIMESTAMPTZ(3) NOT NULL,

    CONSTRAINT "Contact_pkey" PRIMARY KEY ("id")
);

-- CreateTable
CREATE TABLE "ContactAddress" (
    "id" UUID NOT NULL,
    "businessId" UUID NOT NULL,
    "contactId" UUID NOT NULL,
    "kind" TEXT NOT NULL,
    "value" TEXT NOT NULL,
    "validFrom" TIMESTAMPTZ(3) NOT NULL DEFAULT CURRENT_TIMESTAMP,
    "validUntil" TIMESTAMPTZ(3),

    CONSTRAINT "ContactAddress_pkey" PRIMARY KEY ("id")
);

-- CreateTable
CREATE TABLE "Conversation" (
    "id" UUID NOT NULL,
    "businessId" UUID NOT NULL,
    "channelId" UUID NOT NULL,
    "contactId" UUID NOT NULL,
    "handler" TEXT NOT NULL DEFAULT 'AI',
    "handlerUserId" UUID,
    "handlerSince" TIMESTAMPTZ(3),
    "stateVersion" INTEGER NOT NULL DEFAULT 0,
    "questionsAskedCount" INTEGER NOT NULL DEFAULT 0,
    "lastQuestionKey" TEXT,
    "lastQuestionRepeated" BOOLEAN NOT NULL DEFAULT false,
    "knownFields" JSONB NOT NULL DEFAULT '{}',
    "unsupportedToldAt" TIMESTAMPTZ(3),
    "fence" BIGINT NOT NULL DEFAULT 0,
    "leaseOwner" TEXT,
    "leaseUntil" TIMESTAMPTZ(3),
    "lastInboundAt" TIMESTAMPTZ(3),
    "lastReplyAt" TIMESTAMPTZ(3),
    "lastMessageAt" TIMESTAMPTZ(3),
    "lastMessagePreview" TEXT,
    "unreadCount" INTEGER NOT NULL DEFAULT 0,
    "version" INTEGER NOT NULL DEFAULT 1,
    "createdAt" TIMESTAMPTZ(3) NOT NULL DEFAULT CURRENT_TIMESTAMP,
    "updatedAt" TIMESTAMPTZ(3) NOT NULL,

    CONSTRAINT "Conversation_pkey" PRIMARY KEY ("id")
);

-- CreateTable
CREATE TABLE "Message" (
    "id" UUID NOT NULL,
    "businessId" UUID NOT NULL,
    "conversationId" UUID NOT NULL,
    "channelId" UUID NOT NULL,
    "direction" TEXT NOT NULL DEFAULT 'INBOUND',
    "wamid" TEXT NOT NULL,
    "type" TEXT NOT NULL,
    "text" TEXT,
    "content" JSONB NOT NULL DEFAULT '{}',
    "replyToWamid" TEXT,
    "sentAt" TIMESTAMPTZ(3) NOT NULL,
    "receivedAt" TIMESTAMPTZ(3) NOT NULL DEFAULT CURRENT_TIMESTAMP,
    "seq" BIGSERIAL NOT NULL,
    "rawEventId" UUID,
    "duplicateCount" INTEGER NOT NULL DEFAULT 0,
    "processedAt" TIMESTAMPTZ(3),
    "editedAt" TIMESTAMPTZ(3),
    "revokedAt" TIMESTAMPTZ(3),
    "reaction" TEXT,

    CONSTRAINT "Message_pkey" PRIMARY KEY ("id")
);

-- CreateTable
CREATE TABLE "OutboundMessageLog" (
    "id" UUID NOT NULL,
    "businessId" UUID NOT NULL,
    "conversationId" UUID NOT NULL,
    "channelId" UUID NOT NULL,
    "outboundDedupeKey" TEXT NOT NULL,
    "collisionCount" INTEGER NOT NULL DEFAULT 0,
    "lastCollisionAt" TIMESTAMPTZ(3),
    "replyType" TEXT NOT NULL,
    "normalizedQuestionKey" TEXT,
    "dayBucket" TEXT,
    "inboundMessageId" UUID,
    "part" INTEGER NOT NULL DEFAULT 0,
    "text" TEXT NOT NULL,
    "status" TEXT NOT NULL DEFAULT 'PENDING',
    "deliveryStatus" TEXT,
    "attempt" INTEGER NOT NULL DEFAULT 0,
    "leaseOwner" TEXT,
    "leaseUntil" TIMESTAMPTZ(3),
    "nextAttemptAt" TIMESTAMPTZ(3) NOT NULL DEFAULT CURRENT_TIMESTAMP,
    "error" TEXT,
    "errorCode" INTEGER,
    "cancelReason" TEXT,
    "providerMessageId" TEXT,
    "authorUserId" UUID,
    "resendOfId" UUID,
    "escalatedAt" TIMESTAMPTZ(3),
    "resolvedAt" TIMESTAMPTZ(3),
    "resolution" TEXT,
    "seq" BIGSERIAL NOT NULL,
    "createdAt" TIMESTAMPTZ(3) NOT NULL DEFAULT CURRENT_TIMESTAMP,
    "sendingAt" TIMESTAMPTZ(3),
    "sentAt" TIMESTAMPTZ(3),
    "deliveredAt" TIMESTAMPTZ(3),
    "readAt" TIMESTAMPTZ(3),
    "failedAt" TIMESTAMPTZ(3),
    "unknownAt" TIMESTAMPTZ(3),
    "cancelledAt" TIMESTAMPTZ(3),

    CONSTRAINT "OutboundMessageLog_pkey" PRIMARY KEY ("id")
);

-- CreateTable
CREATE TABLE "Lead" (
    "id" UUID NOT NULL,
    "businessId" UUID NOT NULL,
    "contactId" UUID NOT NULL,
    "conversationId" UUID,
    "stage" TEXT NOT NULL DEFAULT 'NEW',
    "name" TEXT,
    "serviceTypeId" UUID,
    "serviceTypeEnum" TEXT NOT NULL DEFAULT 'OTHER',
    "preferredAt" TIMESTAMPTZ(3),
    "preferredText" TEXT,
    "preferredZone" TEXT,
    "location" TEXT,
    "version" INTEGER NOT NULL DEFAULT 1,
    "createdAt" TIMESTAMPTZ(3) NOT NULL DEFAULT CURRENT_TIMESTAMP,
    "updatedAt" TIMESTAMPTZ(3) NOT NULL,
    "closedAt" TIMESTAMPTZ(3),

    CONSTRAINT "Lead_pkey" PRIMARY KEY ("id")
);

-- CreateTable
CREATE TABLE "LeadFact" (
    "id" UUID NOT NULL,
    "businessId" UUID NOT NULL,
    "leadId" UUID NOT NULL,
    "field" TEXT NOT NULL,
    "value" TEXT NOT NULL,
    "normalized" JSONB NOT NULL,
    "messageId" UUID,
    "spanStart" INTEGER,
    "spanEnd" INTEGER,
    "engine" TEXT NOT NULL,
    "confidence" DOUBLE PRECISION NOT NULL,
    "applied" BOOLEAN NOT NULL,
    "createdAt" TIMESTAMPTZ(3) NOT NULL DEFAULT CURRENT_TIMESTAMP,

    CONSTRAINT "LeadFact_pkey" PRIMARY KEY ("id")
);

-- CreateTable
CREATE TABLE "ServiceType" (
    "id" UUID NOT NULL,
    "businessId" UUID NOT NULL,
    "name" TEXT NOT NULL,
    "serviceTypeEnum" TEXT NOT NULL,
    "synonyms" TEXT[],
    "active" BOOLEAN NOT NULL DEFAULT true,
    "version" INTEGER NOT NULL DEFAULT 1,
    "createdAt" TIMESTAMPTZ(3) NOT NULL DEFAULT CURRENT_TIMESTAMP,

    CONSTRAINT "ServiceType_pkey" PRIMARY KEY ("id")
);

-- CreateTable
CREATE TABLE "Activity" (
    "id" UUID NOT NULL,
    "businessId" UUID NOT NULL,
    "actor" TEXT NOT NULL,
    "action" TEXT NOT NULL,
    "entity" TEXT NOT NULL,
    "entityId" UUID NOT NULL,
    "before" JSONB,
    "after" JSONB,
    "requestId" UUID,
    "createdAt" TIMESTAMPTZ(3) NOT NULL DEFAULT CURRENT_TIMESTAMP,

    CONSTRAINT "Activity_pkey" PRIMARY KEY ("id")
);

-- CreateTable
CREATE TABLE "Event" (
    "id" BIGSERIAL NOT NULL,
    "businessId" UUID NOT NULL,
    "xid" BIGINT NOT NULL DEFAULT ((pg_current_xact_id())::text)::bigint,
    "kind" TEXT NOT NULL,
    "data" JSONB NOT NULL,
    "createdAt" TIMESTAMPTZ(3) NOT NULL DEFAULT CURRENT_TIMESTAMP,

    CONSTRAINT "Event_pkey" PRIMARY KEY ("id")
);

-- CreateTable
CREATE TABLE "RawWebhookEvent" (
    "id" UUID NOT NULL,
    "source" TEXT NOT NULL,
    "body" BYTEA NOT NULL,
    "status" TEXT NOT NULL DEFAULT 'RECEIVED',
    "problem" TEXT,
    "receivedAt" TIMESTAMPTZ(3) NOT NULL DEFAULT CURRENT_TIMESTAMP,
    "doneAt" TIMESTAMPTZ(3),

    CONSTRAINT "RawWebhookEvent_pkey" PRIMARY KEY ("id")
);

-- CreateTable
CREATE TABLE "Alert" (
    "id" UUID NOT NULL,
    "businessId" UUID,
    "kind" TEXT NOT NULL,
    "subject" TEXT NOT NULL,
    "message" TEXT NOT NULL,
    "count" INTEGER NOT NULL DEFAULT 1,
    "createdAt" TIMESTAMPTZ(3) NOT NULL DEFAULT CURRENT_TIMESTAMP,
    "lastAt" TIMESTAMPTZ(3) NOT NULL DEFAULT CURRENT_TIMESTAMP,
    "resolvedAt" TIMESTAMPTZ(3),

    CONSTRAINT "Alert_pkey" PRIMARY KEY ("id")
);

-- CreateTable
CREATE TABLE "SimulatorMessage" (
    "id" UUID NOT NULL,
    "businessId" UUID NOT NULL,
    "phoneNumberId" TEXT NOT NULL,
    "customer" TEXT NOT NULL,
    "direction" TEXT NOT NULL,
    "wamid" TEXT NOT NULL,
    "text" TEXT NOT NULL,
    "payload" JSONB NOT NULL,
    "createdAt" TIMESTAMPTZ(3) NOT NULL DEFAULT CURRENT_TIMESTAMP,

    CONSTRAINT "SimulatorMessage_pkey" PRIMARY KEY ("id")
);

-- CreateIndex
CREATE UNIQUE INDEX "User_email_key" ON "User"("email");

-- CreateIndex
CREATE INDEX "Account_userId_idx" ON "Account"("userId");

-- CreateIndex
CREATE UNIQUE INDEX "Account_provider_providerAccountId_key" ON "Account"("provider", "providerAccountId");

-- CreateIndex
CREATE UNIQUE INDEX "Session_tokenHash_key" ON "Session"("tokenHash");

-- CreateIndex
CREATE INDEX "Session_userId_idx" ON "Session"("userId");

-- CreateIndex
CREATE UNIQUE INDEX "Invite_codeHash_key" ON "Invite"("codeHash");

-- CreateIndex
CREATE INDEX "Member_userId_idx" ON "Member"("userId");

-- CreateIndex
CREATE UNIQUE INDEX "Member_businessId_userId_key" ON "Member"("businessId", "userId");

-- CreateIndex
CREATE UNIQUE INDEX "Channel_businessId_phoneNumberId_key" ON "Channel"("businessId", "phoneNumberId");

-- CreateIndex
CREATE UNIQUE INDEX "Channel_businessId_id_key" ON "Channel"("businessId", "id");

-- CreateIndex
CREATE INDEX "ChannelHolding_phoneNumberId_heldFrom_idx" ON "ChannelHolding"("phoneNumberId", "heldFrom");

-- CreateIndex
CREATE INDEX "ChannelHolding_businessId_channelId_idx" ON "ChannelHolding"("businessId", "channelId");

-- CreateIndex
CREATE INDEX "Contact_businessId_createdAt_idx" ON "Contact"("businessId", "createdAt");

-- CreateIndex
CREATE UNIQUE INDEX "Contact_businessId_id_key" ON "Contact"("businessId", "id");

-- CreateIndex
CREATE INDEX "ContactAddress_businessId_contactId_idx" ON "ContactAddress"("businessId", "contactId");

-- CreateIndex
CREATE INDEX "Conversation_businessId_lastMessageAt_id_idx" ON "Conversation"("businessId", "lastMessageAt" DESC, "id" DESC);

-- CreateIndex
CREATE UNIQUE INDEX "Conversation_businessId_channelId_contactId_key" ON "Conversation"("businessId", "channelId", "contactId");

-- CreateIndex
CREATE UNIQUE INDEX "Conversation_businessId_id_key" ON "Conversation"("businessId", "id");

-- CreateIndex
CREATE INDEX "Message_businessId_conversationId_sentAt_seq_idx" ON "Message"("businessId", "conversationId", "sentAt", "seq");

-- CreateIndex
CREATE UNIQUE INDEX "Message_businessId_channelId_wamid_key" ON "Message"("businessId", "channelId", "wamid");

-- CreateIndex
CREATE UNIQUE INDEX "OutboundMessageLog_outboundDedupeKey_key" ON "OutboundMessageLog"("outboundDedupeKey");

-- CreateIndex
CREATE UNIQUE INDEX "OutboundMessageLog_resendOfId_key" ON "OutboundMessageLog"("resendOfId");

-- CreateIndex
CREATE INDEX "OutboundMessageLog_businessId_conversationId_createdAt_seq_idx" ON "OutboundMessageLog"("businessId", "conversationId", "createdAt", "seq");

-- CreateIndex
CREATE INDEX "OutboundMessageLog_businessId_channelId_providerMessageId_idx" ON "OutboundMessageLog"("businessId", "channelId", "providerMessageId");

-- CreateIndex
CREATE INDEX "OutboundMessageLog_status_createdAt_idx" ON "OutboundMessageLog"("status", "createdAt");

-- CreateIndex
CREATE INDEX "Lead_businessId_stage_updatedAt_idx" ON "Lead"("businessId", "stage", "updatedAt" DESC);

-- CreateIndex
CREATE INDEX "Lead_businessId_updatedAt_id_idx" ON "Lead"("businessId", "updatedAt" DESC, "id" DESC);

-- CreateIndex
CREATE INDEX "Lead_businessId_conversationId_idx" ON "Lead"("businessId", "conversationId");

-- CreateIndex
CREATE UNIQUE INDEX "Lead_businessId_id_key" ON "Lead"("businessId", "id");

-- CreateIndex
CREATE INDEX "LeadFact_businessId_leadId_createdAt_idx" ON "LeadFact"("businessId", "leadId", "createdAt");

-- CreateIndex
CREATE UNIQUE INDEX "ServiceType_businessId_name_key" ON "ServiceType"("businessId", "name");

-- CreateIndex
CREATE INDEX "Activity_businessId_entity_entityId_createdAt_idx" ON "Activity"("businessId", "entity", "entityId", "createdAt");

-- CreateIndex
CREATE INDEX "Event_businessId_xid_id_idx" ON "Event"("businessId", "xid", "id");

-- CreateIndex
CREATE INDEX "Event_createdAt_idx" ON "Event"("createdAt");

-- CreateIndex
CREATE INDEX "RawWebhookEvent_status_receivedAt_idx" ON "RawWebhookEvent"("status", "receivedAt");

-- CreateIndex
CREATE INDEX "RawWebhookEvent_receivedAt_idx" ON "RawWebhookEvent"("receivedAt");

-- CreateIndex
CREATE INDEX "Alert_businessId_lastAt_idx" ON "Alert"("businessId", "lastAt");

-- CreateIndex
CREATE INDEX "SimulatorMessage_businessId_phoneNumberId_customer_createdA_idx" ON "SimulatorMessage"("businessId", "phoneNumberId", "customer", "createdAt");

-- AddForeignKey
ALTER TABLE "Account" ADD CONSTRAINT "Account_userId_fkey" FOREIGN KEY ("userId") REFERENCES "User"("id") ON DELETE CASCADE ON UPDATE CASCADE;

-- AddForeignKey
ALTER TABLE "Session" ADD CONSTRAINT "Session_userId_fkey" FOREIGN KEY ("userId") REFERENCES "User"("id") ON DELETE CASCADE ON UPDATE CASCADE;

-- AddForeignKey
ALTER TABLE "Session" ADD CONSTRAINT "Session_activeBusinessId_fkey" FOREIGN KEY ("activeBusinessId") REFERENCES "Business"("id") ON DELETE SET NULL ON UPDATE CASCADE;

-- AddForeignKey
ALTER TABLE "Invite" ADD CONSTRAINT "Invite_businessId_fkey" FOREIGN KEY ("businessId") REFERENCES "Business"("id") ON DELETE CASCADE ON UPDATE CASCADE;

-- AddForeignKey
ALTER TABLE "Member" ADD CONSTRAINT "Member_businessId_fkey" FOREIGN KEY ("businessId") REFERENCES "Business"("id") ON DELETE CASCADE ON UPDATE CASCADE;

-- AddForeignKey
ALTER TABLE "Member" ADD CONSTRAINT "Member_userId_fkey" FOREIGN KEY ("userId") REFERENCES "User"("id") ON DELETE CASCADE ON UPDATE CASCADE;

-- AddForeignKey
ALTER TABLE "Channel" ADD CONSTRAINT "Channel_businessId_fkey" FOREIGN KEY ("businessId") REFERENCES "Business"("id") ON DELETE CASCADE ON UPDATE CASCADE;

-- AddForeignKey
ALTER TABLE "ChannelHolding" ADD CONSTRAINT "ChannelHolding_businessId_fkey" FOREIGN KEY ("businessId") REFERENCES "Business"("id") ON DELETE CASCADE ON UPDATE CASCADE;

-- AddForeignKey
ALTER TABLE "ChannelHolding" ADD CONSTRAINT "ChannelHolding_businessId_channelId_fkey" FOREIGN KEY ("businessId", "channelId") REFERENCES "Channel"("businessId", "id") ON DELETE CASCADE ON UPDATE CASCADE;

-- AddForeignKey
ALTER TABLE "Contact" ADD CONSTRAINT "Contact_businessId_fkey" FOREIGN KEY ("businessId") REFERENCES "Business"("id") ON DELETE CASCADE ON UPDATE CASCADE;

-- AddForeignKey
ALTER TABLE "ContactAddress" ADD CONSTRAINT "ContactAddress_businessId_contactId_fkey" FOREIGN KEY ("businessId", "contactId") REFERENCES "Contact"("businessId", "id") ON DELETE CASCADE ON UPDATE CASCADE;

-- AddForeignKey
ALTER TABLE "Conversation" ADD CONSTRAINT "Conversation_businessId_channelId_fkey" FOREIGN KEY ("businessId", "channelId") REFERENCES "Channel"("businessId", "id") ON DELETE CASCADE ON UPDATE CASCADE;

-- AddForeignKey
ALTER TABLE "Conversation" ADD CONSTRAINT "Conversation_businessId_contactId_fkey" FOREIGN KEY ("businessId", "contactId") REFERENCES "Contact"("businessId", "id") ON DELETE CASCADE ON UPDATE CASCADE;

-- AddForeignKey
ALTER TABLE "Message" ADD CONSTRAINT "Message_businessId_conversationId_fkey" FOREIGN KEY ("businessId", "conversationId") REFERENCES "Conversation"("businessId", "id") ON DELETE CASCADE ON UPDATE CASCADE;

-- AddForeignKey
ALTER TABLE "OutboundMessageLog" ADD CONSTRAINT "OutboundMessageLog_businessId_conversationId_fkey" FOREIGN KEY ("businessId", "conversationId") REFERENCES "Conversation"("businessId", "id") ON DELETE CASCADE ON UPDATE CASCADE;

-- AddForeignKey
ALTER TABLE "Lead" ADD CONSTRAINT "Lead_businessId_contactId_fkey" FOREIGN KEY ("businessId", "contactId") REFERENCES "Contact"("businessId", "id") ON DELETE CASCADE ON UPDATE CASCADE;

-- AddForeignKey
ALTER TABLE "LeadFact" ADD CONSTRAINT "LeadFact_businessId_leadId_fkey" FOREIGN KEY ("businessId", "leadId") REFERENCES "Lead"("businessId", "id") ON DELETE CASCADE ON UPDATE CASCADE;

-- AddForeignKey
ALTER TABLE "ServiceType" ADD CONSTRAINT "ServiceType_businessId_fkey" FOREIGN KEY ("businessId") REFERENCES "Business"("id") ON DELETE CASCADE ON UPDATE CASCADE;

-- AddForeignKey
ALTER TABLE "Activity" ADD CONSTRAINT "Activity_businessId_fkey" FOREIGN KEY ("businessId") REFERENCES "Business"("id") ON DELETE CASCADE ON UPDATE CASCADE;

-- AddForeignKey
ALTER TABLE "Event" ADD CONSTRAINT "Event_businessId_fkey" FOREIGN KEY ("businessId") REFERENCES "Business"("id") ON DELETE CASCADE ON UPDATE CASCADE;

-- AddForeignKey
ALTER TABLE "Alert" ADD CONSTRAINT "Alert_businessId_fkey" FOREIGN KEY ("businessId") REFERENCES "Business"("id") ON DELETE CASCADE ON UPDATE CASCADE;

-- AddForeignKey
ALTER TABLE "SimulatorMessage" ADD CONSTRAINT "SimulatorMessage_businessId_fkey" FOREIGN KEY ("businessId") REFERENCES "Business"("id") ON DELETE CASCADE ON UPDATE CASCADE;

-- Two roles without a login. The one login the application has is a member of both and inherits from neither:
-- each transaction says which it is (lib/db.ts). Roles belong to the cluster, so another database may have made them.
DO $$
DECLARE
  r text;
BEGIN
  FOREACH r IN ARRAY ARRAY['frontdesk_app', 'frontdesk_system'] LOOP
    IF NOT EXISTS (SELECT FROM pg_roles WHERE rolname = r) THEN
      EXECUTE format('CREATE ROLE %I NOLOGIN', r);
    END IF;
    IF NOT (SELECT rolsuper FROM pg_roles WHERE rolname = current_user)
       AND NOT EXISTS (
         SELECT FROM pg_auth_members m JOIN pg_roles g ON g.oid = m.roleid JOIN pg_roles u ON u.oid = m.member
         WHERE g.rolname = r AND u.rolname = current_user
           AND (current_setting('server_version_num')::int < 160000 OR (to_jsonb(m) ->> 'set_option')::boolean)) THEN
      IF current_setting('server_version_num')::int >= 160000 THEN
        EXECUTE format('GRANT %I TO CURRENT_USER WITH INHERIT FALSE, SET TRUE', r);
      ELSE
        EXECUTE format('GRANT %I TO CURRENT_USER', r);
      END IF;
    END IF;
  END LOOP;
END $$;
GRANT USAGE ON SCHEMA public TO frontdesk_app, frontdesk_system;

-- The tenant of this transaction; null when none was set, and then no policy below lets a row through.
CREATE FUNCTION current_business_id() RETURNS uuid LANGUAGE sql STABLE PARALLEL SAFE
  RETURN NULLIF(current_setting('app.business_id', true), '')::uuid;

-- States are text with a CHECK: an enum value cannot be taken back.
ALTER TABLE "Business"
  ADD CONSTRAINT "Business_status_check" CHECK (status IN ('ACTIVE', 'SUSPENDED')),
  ADD CONSTRAINT "Business_country_check" CHECK (country ~ '^[A-Z]{2}$'),
  ADD CONSTRAINT "Business_currency_check" CHECK (currency ~ '^[A-Z]{3}$');
ALTER TABLE "Invite"
  ADD CONSTRAINT "Invite_role_check" CHECK (role IN ('OWNER', 'MEMBER'));
ALTER TABLE "Member"
  ADD CONSTRAINT "Member_role_check" CHECK (role IN ('OWNER', 'MEMBER'));
ALTER TABLE "Channel"
  ADD CONSTRAINT "Channel_kind_check" CHECK (kind IN ('WHATSAPP')),
  ADD CONSTRAINT "Channel_mode_check" CHECK (mode IN ('GRAPH', 'SIMULATOR')),
  ADD CONSTRAINT "Channel_status_check" CHECK (status IN ('ACTIVE', 'PAUSED'));
ALTER TABLE "ChannelHolding"
  ADD CONSTRAINT "ChannelHolding_period_check" CHECK ("heldUntil" IS NULL OR "heldUntil" > "heldFrom");
ALTER TABLE "ContactAddress"
  ADD CONSTRAINT "ContactAddress_kind_check" CHECK (kind IN ('PHONE', 'BSUID'));
ALTER TABLE "Conversation"
  ADD CONSTRAINT "Conversation_handler_check" CHECK (handler IN ('AI', 'PERSON')),
  ADD CONSTRAINT "Conversation_questions_check" CHECK ("questionsAskedCount" BETWEEN 0 AND 5);
ALTER TABLE "Message"
  ADD CONSTRAINT "Message_direction_check" CHECK (direction IN ('INBOUND', 'ECHO'));
ALTER TABLE "OutboundMessageLog"
  ADD CONSTRAINT "OutboundMessageLog_status_check" CHECK (status IN ('PENDING', 'SENDING', 'SENT', 'FAILED', 'UNKNOWN', 'CANCELLED')),
  ADD CONSTRAINT "OutboundMessageLog_replyType_check" CHECK ("replyType" IN ('GREETING', 'QUESTION', 'ANSWER', 'HANDOVER', 'OPT_OUT', 'UNSUPPORTED', 'PERSON', 'FOLLOW_UP')),
  ADD CONSTRAINT "OutboundMessageLog_deliveryStatus_check" CHECK ("deliveryStatus" IN ('sent', 'delivered', 'read', 'played')),
  ADD CONSTRAINT "OutboundMessageLog_resolution_check" CHECK (resolution IN ('SENT_AGAIN', 'LEFT')),
  ADD CONSTRAINT "OutboundMessageLog_sending_check" CHECK (status <> 'SENDING' OR ("leaseOwner" IS NOT NULL AND "leaseUntil" IS NOT NULL)),
  ADD CONSTRAINT "OutboundMessageLog_cancelled_check" CHECK (status <> 'CANCELLED' OR "cancelReason" IS NOT NULL);
ALTER TABLE "Lead"
  ADD CONSTRAINT "Lead_stage_check" CHECK (stage IN ('NEW', 'QUALIFYING', 'QUALIFIED', 'CLOSED'));
ALTER TABLE "LeadFact"
  ADD CONSTRAINT "LeadFact_field_check" CHECK (field IN ('service', 'when', 'where', 'name')),
  ADD CONSTRAINT "LeadFact_confidence_check" CHECK (confidence BETWEEN 0 AND 1);
ALTER TABLE "RawWebhookEvent"
  ADD CONSTRAINT "RawWebhookEvent_status_check" CHECK (status IN ('RECEIVED', 'DONE', 'STRANGE'));
ALTER TABLE "SimulatorMessage"
  ADD CONSTRAINT "SimulatorMessage_direction_check" CHECK (direction IN ('IN', 'OUT'));

-- Indexes with a condition, which Prisma's schema cannot say.
CREATE UNIQUE INDEX "ContactAddress_current_key" ON "ContactAddress"("businessId", kind, value) WHERE "validUntil" IS NULL;
CREATE UNIQUE INDEX "ChannelHolding_current_key" ON "ChannelHolding"("phoneNumberId") WHERE "heldUntil" IS NULL;
CREATE UNIQUE INDEX "Lead_open_key" ON "Lead"("businessId", "conversationId") WHERE "closedAt" IS NULL AND "conversationId" IS NOT NULL;
CREATE UNIQUE INDEX "Alert_open_key" ON "Alert"(COALESCE("businessId", '00000000-0000-0000-0000-000000000000'), kind, subject) WHERE "resolvedAt" IS NULL;
CREATE INDEX "Message_unprocessed_idx" ON "Message"("businessId", "conversationId") WHERE "processedAt" IS NULL;
CREATE INDEX "Message_duplicates_idx" ON "Message"("businessId") INCLUDE ("duplicateCount") WHERE "duplicateCount" > 0;
CREATE INDEX "OutboundMessageLog_open_idx" ON "OutboundMessageLog"("businessId", "conversationId", seq) WHERE status IN ('PENDING', 'SENDING', 'UNKNOWN');
CREATE INDEX "OutboundMessageLog_collisions_idx" ON "OutboundMessageLog"("businessId") INCLUDE ("collisionCount") WHERE "collisionCount" > 0;

-- Row-level security under the application's own scoping. FORCE: the owner of the tables is held to it too.
ALTER TABLE "Business" ENABLE ROW LEVEL SECURITY;
ALTER TABLE "Business" FORCE ROW LEVEL SECURITY;
ALTER TABLE "Member" ENABLE ROW LEVEL SECURITY;
ALTER TABLE "Member" FORCE ROW LEVEL SECURITY;
ALTER TABLE "Channel" ENABLE ROW LEVEL SECURITY;
ALTER TABLE "Channel" FORCE ROW LEVEL SECURITY;
ALTER TABLE "ChannelHolding" ENABLE ROW LEVEL SECURITY;
ALTER TABLE "ChannelHolding" FORCE ROW LEVEL SECURITY;
ALTER TABLE "Contact" ENABLE ROW LEVEL SECURITY;
ALTER TABLE "Contact" FORCE ROW LEVEL SECURITY;
ALTER TABLE "ContactAddress" ENABLE ROW LEVEL SECURITY;
ALTER TABLE "ContactAddress" FORCE ROW LEVEL SECURITY;
ALTER TABLE "Conversation" ENABLE ROW LEVEL SECURITY;
ALTER TABLE "Conversation" FORCE ROW LEVEL SECURITY;
ALTER TABLE "Message" ENABLE ROW LEVEL SECURITY;
ALTER TABLE "Message" FORCE ROW LEVEL SECURITY;
ALTER TABLE "OutboundMessageLog" ENABLE ROW LEVEL SECURITY;
ALTER TABLE "OutboundMessageLog" FORCE ROW LEVEL SECURITY;
ALTER TABLE "Lead" ENABLE ROW LEVEL SECURITY;
ALTER TABLE "Lead" FORCE ROW LEVEL SECURITY;
ALTER TABLE "LeadFact" ENABLE ROW LEVEL SECURITY;
ALTER TABLE "LeadFact" FORCE ROW LEVEL SECURITY;
ALTER TABLE "ServiceType" ENABLE ROW LEVEL SECURITY;
ALTER TABLE "ServiceType" FORCE ROW LEVEL SECURITY;
ALTER TABLE "Activity" ENABLE ROW LEVEL SECURITY;
ALTER TABLE "Activity" FORCE ROW LEVEL SECURITY;
ALTER TABLE "Event" ENABLE ROW LEVEL SECURITY;
ALTER TABLE "Event" FORCE ROW LEVEL SECURITY;
ALTER TABLE "Alert" ENABLE ROW LEVEL SECURITY;
ALTER TABLE "Alert" FORCE ROW LEVEL SECURITY;
ALTER TABLE "SimulatorMessage" ENABLE ROW LEVEL SECURITY;
ALTER TABLE "SimulatorMessage" FORCE ROW LEVEL SECURITY;
ALTER TABLE "RawWebhookEvent" ENABLE ROW LEVEL SECURITY;
ALTER TABLE "RawWebhookEvent" FORCE ROW LEVEL SECURITY;
CREATE POLICY tenant ON "Business" TO frontdesk_app USING (id = current_business_id()) WITH CHECK (id = current_business_id());
CREATE POLICY tenant ON "Member" TO frontdesk_app USING ("businessId" = current_business_id()) WITH CHECK ("businessId" = current_business_id());
CREATE POLICY tenant ON "Channel" TO frontdesk_app USING ("businessId" = current_business_id()) WITH CHECK ("businessId" = current_business_id());
CREATE POLICY tenant ON "ChannelHolding" TO frontdesk_app USING ("businessId" = current_business_id()) WITH CHECK ("businessId" = current_business_id());
CREATE POLICY tenant ON "Contact" TO frontdesk_app USING ("businessId" = current_business_id()) WITH CHECK ("businessId" = current_business_id());
CREATE POLICY tenant ON "ContactAddress" TO frontdesk_app USING ("businessId" = current_business_id()) WITH CHECK ("businessId" = current_business_id());
CREATE POLICY tenant ON "Conversation" TO frontdesk_app USING ("businessId" = current_business_id()) WITH CHECK ("businessId" = current_business_id());
CREATE POLICY tenant ON "Message" TO frontdesk_app USING ("businessId" = current_business_id()) WITH CHECK ("businessId" = current_business_id());
CREATE POLICY tenant ON "OutboundMessageLog" TO frontdesk_app USING ("businessId" = current_business_id()) WITH CHECK ("businessId" = current_business_id());
CREATE POLICY tenant ON "Lead" TO frontdesk_app USING ("businessId" = current_business_id()) WITH CHECK ("businessId" = current_business_id());
CREATE POLICY tenant ON "LeadFact" TO frontdesk_app USING ("businessId" = current_business_id()) WITH CHECK ("businessId" = current_business_id());
CREATE POLICY tenant ON "ServiceType" TO frontdesk_app USING ("businessId" = current_business_id()) WITH CHECK ("businessId" = current_business_id());
CREATE POLICY tenant ON "Activity" TO frontdesk_app USING ("businessId" = current_business_id()) WITH CHECK ("businessId" = current_business_id());
CREATE POLICY tenant ON "Event" TO frontdesk_app USING ("businessId" = current_business_id()) WITH CHECK ("businessId" = current_business_id());
CREATE POLICY tenant ON "Alert" TO frontdesk_app USING ("businessId" = current_business_id()) WITH CHECK ("businessId" = current_business_id());
CREATE POLICY tenant ON "SimulatorMessage" TO frontdesk_app USING ("businessId" = current_business_id()) WITH CHECK ("businessId" = current_business_id());

-- A tenant sees the users who are its members, and nobody else.
ALTER TABLE "User" ENABLE ROW LEVEL SECURITY;
CREATE POLICY colleagues ON "User" FOR SELECT TO frontdesk_app
  USING (EXISTS (SELECT FROM "Member" WHERE "Member"."userId" = "User".id AND "Member"."businessId" = current_business_id()));

-- What works across tenants: routing, the sweeper, the platform's admin. It reads; it writes only what has no tenant yet,
-- and clears away events that no open dashboard can still ask for.
-- current_user is asked for as well, because on PostgreSQL 15 a member inherits.
CREATE POLICY system ON "Business" FOR SELECT TO frontdesk_system USING (current_user = 'frontdesk_system');
CREATE POLICY system ON "Member" FOR SELECT TO frontdesk_system USING (current_user = 'frontdesk_system');
CREATE POLICY system ON "Channel" FOR SELECT TO frontdesk_system USING (current_user = 'frontdesk_system');
CREATE POLICY system ON "ChannelHolding" FOR SELECT TO frontdesk_system USING (current_user = 'frontdesk_system');
CREATE POLICY system ON "Conversation" FOR SELECT TO frontdesk_system USING (current_user = 'frontdesk_system');
CREATE POLICY system ON "Message" FOR SELECT TO frontdesk_system USING (current_user = 'frontdesk_system');
CREATE POLICY system ON "OutboundMessageLog" FOR SELECT TO frontdesk_system USING (current_user = 'frontdesk_system');
CREATE POLICY system ON "RawWebhookEvent" TO frontdesk_system USING (current_user = 'frontdesk_system') WITH CHECK (current_user = 'frontdesk_system');
CREATE POLICY system ON "Alert" TO frontdesk_system USING (current_user = 'frontdesk_system') WITH CHECK (current_user = 'frontdesk_system' AND "businessId" IS NULL);
CREATE POLICY system ON "Event" TO frontdesk_system
  USING (current_user = 'frontdesk_system' AND "createdAt" < now() - interval '2 days') WITH CHECK (false);
CREATE POLICY system ON "User" FOR SELECT TO frontdesk_system USING (current_user = 'frontdesk_system');

GRANT SELECT, INSERT, UPDATE ON "Business", "Channel", "ChannelHolding", "Contact", "ContactAddress", "Conversation",
  "Message", "OutboundMessageLog", "Lead", "LeadFact", "ServiceType", "Alert" TO frontdesk_app;
GRANT SELECT, INSERT, UPDATE, DELETE ON "Member" TO frontdesk_app;
GRANT DELETE ON "Contact", "ServiceType" TO frontdesk_app;
GRANT SELECT, INSERT ON "Activity", "Event", "SimulatorMessage" TO frontdesk_app;
GRANT SELECT ON "User" TO frontdesk_app, frontdesk_system;
GRANT SELECT ON "Business", "Member", "Channel", "ChannelHolding", "Conversation", "Message", "OutboundMessageLog", "Session" TO frontdesk_system;
GRANT SELECT, INSERT, UPDATE, DELETE ON "RawWebhookEvent" TO frontdesk_system;
GRANT SELECT, INSERT, UPDATE ON "Alert" TO frontdesk_system;
GRANT SELECT, DELETE ON "Event" TO frontdesk_system;
GRANT USAGE ON ALL SEQUENCES IN SCHEMA public TO frontdesk_app;
