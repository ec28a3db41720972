import path from "node:path";
import { parseArgs } from "node:util";
import pg from "pg";
import { StartError } from "../embedded/startError";
import { withDatabase, type CommandDatabase } from "./database";
import { findDrift } from "./drift";
import { migrate, MigrationError, migrationStatus, rollback } from "./migrate";
import { readMigrations } from "./migrationFiles";
import { writeMigration } from "./newMigration";
import { resetDatabase } from "./reset";
import { withClient } from "./shadow";

const USAGE = `Usage: npm run db:<verb>
  db:migrate                              apply every pending migration
  db:rollback -- [--steps N]              take back the last N migrations (1)
  db:status                               list the migrations and where each stands
  db:new -- <name>                        write the migration that schema.prisma asks for
  db:drift                                compare schema.prisma, the migrations and the database
  db:reset -- [--yes-delete-everything]   empty the database and migrate it anew`;

/** What a command was given. */
interface Arguments {
  steps: number;
  name: string;
  deleteEverything: boolean;
}

/** Does what a verb says and resolves with the lines to print and whether all is well. */
type Verb = (database: CommandDatabase, given: Arguments) => Promise<{ lines: string[]; ok?: boolean }>;

const VERBS: Record<string, Verb> = {
  migrate: async ({ url }) => ({ lines: listed("Applied", await migrate(url), "Nothing to apply.") }),
  rollback: async ({ url }, { steps }) => ({
    lines: listed("Took back", await rollback(url, steps), "Nothing to take back."),
  }),
  status: async ({ url }) => {
    const migrations = await readMigrations();
    const statuses = await withClient(url, (client) => migrationStatus(client, migrations));
    return {
      lines: statuses.map(({ name, state }) => `${name}: ${state}`),
      ok: statuses.every(({ state }) => state === "applied"),
    };
  },
  new: async ({ url }, { name }) => {
    const folder = await writeMigration(url, name);
    if (!folder) return { lines: ["Nothing changed: the migrations already make what schema.prisma says."] };
    return {
      lines: [
        `Wrote ${path.relative(process.cwd(), folder)}/{migration.sql,down.sql}.`,
        "Add by hand what schema.prisma cannot say: CHECKs, policies, grants, indexes with a condition.",
      ],
    };
  },
  drift: async ({ url }) => {
    const differences = await findDrift(url);
    if (differences.length === 0) return { lines: ["schema.prisma, the migrations and the database agree."] };
    return { lines: differences, ok: false };
  },
  reset: async ({ url, disposable }, { deleteEverything }) => {
    if (!disposable && !deleteEverything)
      throw new MigrationError("This database is not a demonstration's: add --yes-delete-everything to empty it.");
    return { lines: listed("Emptied the database and applied", await resetDatabase(url), "Emptied the database.") };
  },
};

function listed(did: string, names: string[], nothing: string): string[] {
  return names.length ? names.map((name) => `${did} ${name}.`) : [nothing];
}

/** Reads the command line; undefined when it says nothing that can be done. */
function readArguments(): { verb: Verb; given: Arguments } | undefined {
  const { values, positionals } = parseArgs({
    allowPositionals: true,
    strict: false,
    options: { steps: { type: "string" }, "yes-delete-everything": { type: "boolean" } },
  });
  const { steps = "1", "yes-delete-everything": deleteEverything = false, ...unknown } = values;
  const [verbName = "", name = ""] = positionals;
  const verb = Object.hasOwn(VERBS, verbName) ? VERBS[verbName] : undefined;
  const given = { steps: Number(steps), name, deleteEverything: deleteEverything === true };
  if (!verb || Object.keys(unknown).length > 0 || !Number.isInteger(given.steps) || given.steps < 1) return undefined;
  return verbName === "new" && !name ? undefined : { verb, given };
}

async function main(): Promise<number> {
  const command = readArguments();
  if (!command) {
    console.error(USAGE);
    return 2;
  }
  const { lines, ok = true } = await withDatabase((database) => command.verb(database, command.given));
  for (const line of lines) console.log(line);
  return ok ? 0 : 1;
}

try {
  process.exitCode = await main();
} catch (error) {
  // These messages are written for the person at the terminal; anything else is a fault of ours, shown whole.
  const clear =
    error instanceof MigrationError ||
    error instanceof StartError ||
    error instanceof pg.DatabaseError ||
    (error instanceof Error && "code" in error);
  console.error(clear ? messageOf(error) : error);
  process.exitCode = 1;
}

/** The sentence of an error; a connection refused on every address has its reasons inside. */
function messageOf(error: Error): string {
  if (error instanceof AggregateError) return error.errors.map((inner) => String((inner as Error).message)).join("; ");
  return error.message;
}
