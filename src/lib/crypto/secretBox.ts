import { createCipheriv, createDecipheriv, createHash, hkdfSync, randomBytes } from "node:crypto";
import { env } from "@/lib/env";

interface SecretBox {
  /** Encrypts a text with the first key; the same text gives another ciphertext each time. */
  seal(plain: string): string;
  /** The text of a ciphertext that any of the keys made. Throws on a foreign key, a change or a truncation. */
  open(sealed: string): string;
}

const VERSION = "v1";
const IV_BYTES = 12;
const TAG_BYTES = 16;

let box: SecretBox | undefined;

/** Encrypts a text for the database with the first ENCRYPTION_KEY: `v1.<key id>.<iv>.<tag>.<data>`, AES-256-GCM. */
export function seal(plain: string): string {
  return environmentBox().seal(plain);
}

/** The text behind {@link seal}, whichever of the ENCRYPTION_KEYs made it. Throws on an unknown key or any change. */
export function open(sealed: string): string {
  return environmentBox().open(sealed);
}

/** A box over given secrets: the first seals, all of them open. Throws where there is none. */
export function secretBox(secrets: string[]): SecretBox {
  const keys = secrets.map(deriveKey);
  const [first] = keys;
  if (!first) throw new Error("A secret box needs a key");
  return {
    seal: (plain) => encrypt(first, plain),
    open: (sealed) => decrypt(keys, sealed),
  };
}

interface Key {
  id: string;
  bytes: Buffer;
}

function environmentBox(): SecretBox {
  const secrets = () =>
    env()
      .ENCRYPTION_KEY.split(",")
      .map((secret) => secret.trim())
      .filter(Boolean);
  return (box ??= secretBox(secrets()));
}

function deriveKey(secret: string): Key {
  const bytes = Buffer.from(hkdfSync("sha256", secret, "", "frontdesk secret box", 32));
  return { id: createHash("sha256").update(bytes).digest("hex").slice(0, 8), bytes };
}

function encrypt(key: Key, plain: string): string {
  const iv = randomBytes(IV_BYTES);
  const header = `${VERSION}.${key.id}`;
  const cipher = createCipheriv("aes-256-gcm", key.bytes, iv, { authTagLength: TAG_BYTES }).setAAD(Buffer.from(header));
  const data = Buffer.concat([cipher.update(plain, "utf8"), cipher.final()]);
  return [header, ...[iv, cipher.getAuthTag(), data].map((part) => part.toString("base64url"))].join(".");
}

function decrypt(keys: Key[], sealed: string): string {
  const [version, keyId, iv, tag, data, ...rest] = sealed.split(".");
  if (version !== VERSION || !keyId || !iv || !tag || data === undefined || rest.length)
    throw new Error("This is not a sealed text");
  const key = keys.find(({ id }) => id === keyId);
  if (!key) throw new Error(`No ENCRYPTION_KEY has the id ${keyId}`);
  const decipher = createDecipheriv("aes-256-gcm", key.bytes, Buffer.from(iv, "base64url"), {
    authTagLength: TAG_BYTES,
  });
  decipher.setAAD(Buffer.from(`${version}.${keyId}`)).setAuthTag(Buffer.from(tag, "base64url"));
  return Buffer.concat([decipher.update(Buffer.from(data, "base64url")), decipher.final()]).toString("utf8");
}
