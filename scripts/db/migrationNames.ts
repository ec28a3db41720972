import { mkdir, writeFile } from "node:fs/promises";
import path from "node:path";
import { migrationNames } from "./migrationFiles";

// The bundle of the server holds no prisma folder; it knows the migrations it was built with from this module.
const target = path.resolve(import.meta.dirname, "../../src/generated/migrations.ts");
const names = await migrationNames();
await mkdir(path.dirname(target), { recursive: true });
await writeFile(target, `export const MIGRATIONS: readonly string[] = ${JSON.stringify(names, null, 2)};\n`);
