-- Roles belong to the cluster and stay; what they were granted here goes with the tables.
DROP POLICY colleagues ON "User";
DROP TABLE "Business", "User", "Account", "Session", "Invite", "Member", "Channel", "ChannelHolding", "Contact", "ContactAddress", "Conversation", "Message", "OutboundMessageLog", "Lead", "LeadFact", "ServiceType", "Activity", "Event", "RawWebhookEvent", "Alert", "SimulatorMessage" CASCADE;
DROP FUNCTION current_business_id();
REVOKE USAGE ON SCHEMA public FROM frontdesk_app, frontdesk_system;
