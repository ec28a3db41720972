DROP TABLE "IdempotencyKey", "RateLimit";
