import { randomUUID } from "node:crypto";
import pg from "pg";
import { v7 as uuidv7 } from "uuid";
import { NO_LIMITS } from "../fixtures/limits";
import { createTestDatabase } from "./testDatabase";

type Row = Record<string, unknown>;

/** A business with an owner, a channel and nobody who wrote yet. */
export interface Shop {
  businessId: string;
  channelId: string;
  ownerId: string;
}

/** A database with the environment pointed at it, and a superuser's connection that writes rows past every policy. */
export async function openDesk() {
  const database = await createTestDatabase();
  Object.assign(process.env, {
    NODE_ENV: "test",
    LOG_LEVEL: "silent",
    DATABASE_URL: database.url,
    NEXTAUTH_SECRET: "a".repeat(32),
    ENCRYPTION_KEY: "b".repeat(32),
    ...NO_LIMITS,
  });
  const sql = new pg.Client({ connectionString: database.adminUrl });
  await sql.connect();
  const desk = new Desk(sql, database.adminUrl);
  const close = async () => {
    const { closeDb } = await import("@/lib/db");
    await closeDb();
    await sql.end();
    await database.drop();
  };
  return { desk, close };
}

export class Desk {
  readonly sql: pg.Client;
  readonly adminUrl: string;

  constructor(sql: pg.Client, adminUrl: string) {
    this.sql = sql;
    this.adminUrl = adminUrl;
  }

  /** Writes a row as given; columns that are left out take their defaults. */
  async insert(table: string, row: Row): Promise<string> {
    const full: Row = { id: uuidv7(), ...row };
    const columns = Object.keys(full);
    const values = Object.values(full).map((value) =>
      value !== null && typeof value === "object" && !(value instanceof Date) && !Buffer.isBuffer(value)
        ? JSON.stringify(value)
        : value,
    );
    await this.sql.query(
      `INSERT INTO "${table}" (${columns.map((name) => `"${name}"`).join(", ")})
       VALUES (${columns.map((_, at) => `$${at + 1}`).join(", ")})`,
      values,
    );
    return String(full.id);
  }

  async user(row: Row = {}): Promise<string> {
    return this.insert("User", { email: `${randomUUID()}@example.com`, ...row });
  }

  async shop(name = "Shop"): Promise<Shop> {
    const at = new Date();
    const businessId = await this.insert("Business", {
      name,
      timeZone: "Europe/Berlin",
      country: "DE",
      currency: "EUR",
      updatedAt: at,
    });
    const ownerId = await this.user({ name: `Owner of ${name}` });
    await this.insert("Member", { businessId, userId: ownerId, role: "OWNER" });
    const channelId = await this.insert("Channel", {
      businessId,
      phoneNumberId: randomUUID(),
      displayNumber: "+49 30 1234567",
      updatedAt: at,
    });
    return { businessId, channelId, ownerId };
  }

  async contact({ businessId }: Shop, displayName: string | null, phone?: string): Promise<string> {
    const id = await this.insert("Contact", { businessId, displayName, updatedAt: new Date() });
    if (phone) await this.insert("ContactAddress", { businessId, contactId: id, kind: "PHONE", value: phone });
    return id;
  }

  async conversation(shop: Shop, row: Row = {}): Promise<string> {
    const { businessId, channelId } = shop;
    const contactId = row.contactId ?? (await this.contact(shop, "Anna"));
    const at = new Date();
    return this.insert("Conversation", {
      businessId,
      channelId,
      contactId,
      lastMessageAt: at,
      lastMessagePreview: "Hello",
      updatedAt: at,
      ...row,
    });
  }

  async message({ businessId, channelId }: Shop, conversationId: string, row: Row = {}): Promise<string> {
    return this.insert("Message", {
      businessId,
      channelId,
      conversationId,
      wamid: `wamid.${randomUUID()}`,
      type: "text",
      text: "Hello",
      content: { type: "text", text: { body: "Hello" } },
      sentAt: new Date(),
      ...row,
    });
  }

  async outbound({ businessId, channelId }: Shop, conversationId: string, row: Row = {}): Promise<string> {
    return this.insert("OutboundMessageLog", {
      businessId,
      channelId,
      conversationId,
      outboundDedupeKey: randomUUID(),
      replyType: "QUESTION",
      text: "What is it about?",
      ...row,
    });
  }

  async lead({ businessId }: Shop, contactId: string, row: Row = {}): Promise<string> {
    return this.insert("Lead", { businessId, contactId, updatedAt: new Date(), ...row });
  }

  /** A live session; returns the Cookie header of its browser. */
  async signIn(userId: string, activeBusinessId: string | null = null): Promise<string> {
    const { hashToken, newSessionToken, sessionCookieName } = await import("@/lib/auth/session");
    const token = newSessionToken();
    const expires = new Date(Date.now() + 30 * 24 * 3600 * 1000);
    await this.insert("Session", { tokenHash: hashToken(token), userId, activeBusinessId, expires });
    return `${sessionCookieName()}=${token}`;
  }

  async rows<R extends pg.QueryResultRow>(text: string, values: unknown[] = []): Promise<R[]> {
    return (await this.sql.query<R>(text, values)).rows;
  }
}
