import { readFile } from "node:fs/promises";
import { createRequire } from "node:module";
import path from "node:path";
import { PrismaPg } from "@prisma/adapter-pg";
import {
  bindMigrationAwareSqlAdapterFactory,
  ColumnTypeEnum,
  type SqlDriverAdapter,
  type SqlMigrationAwareDriverAdapterFactory,
  type SqlQuery,
} from "@prisma/driver-adapter-utils";
import * as engine from "@prisma/schema-engine-wasm/schema_engine_bg";
import pg from "pg";

/** The project's own schema. */
export const SCHEMA_FILE = path.resolve(import.meta.dirname, "../../prisma/schema.prisma");

/** The type "char" of PostgreSQL's own catalog, which the adapter does not know, and the text it is read as instead. */
const CHAR_OID = 18;
const TEXT_OID = 25;

// The engine hands the reason of its own crash here before it stops.
Object.assign(globalThis, { PRISMA_WASM_PANIC_REGISTRY: { set_message: (text: string) => console.error(text) } });

/** The differences between a live database and a Prisma schema. */
export interface SchemaDifference {
  /** SQL that brings the database to the schema; undefined: nothing differs */
  up: string | undefined;
  /** SQL that brings the schema back to the database */
  down: string;
  /** the same for people */
  summary: string;
}

/** Compares the database at `url` with a Prisma schema. Prisma's schema engine does it, in WebAssembly: nothing is downloaded. */
export async function compareSchema(url: string, schemaFile = SCHEMA_FILE): Promise<SchemaDifference> {
  const content = await readFile(schemaFile, "utf8");
  return withSchemaEngine(url, content, async (schemaEngine) => {
    const files = [{ path: "schema.prisma", content }];
    const database = { tag: "schemaDatasource", configDir: ".", files } as const;
    const schema = { tag: "schemaDatamodel", files } as const;
    const diff = (from: engine.DiffTarget, to: engine.DiffTarget, script: boolean) =>
      schemaEngine.diff({
        from,
        to,
        script,
        exitCode: true,
        filters: { externalTables: [], externalEnums: [] },
      });
    const up = await diff(database, schema, true);
    const down = await diff(schema, database, true);
    const summary = await diff(database, schema, false);
    return {
      up: up.exitCode === 0 ? undefined : (up.stdout ?? ""),
      down: down.stdout ?? "",
      summary: (summary.stdout ?? "").trim(),
    };
  });
}

/** Hands `work` an engine for the database at `url`, and frees it and its connections afterwards. */
export async function withSchemaEngine<T>(
  url: string,
  schema: string,
  work: (schemaEngine: engine.SchemaEngine) => Promise<T>,
): Promise<T> {
  await loadEngine();
  const pool = new pg.Pool({ connectionString: url, max: 2 });
  pool.on("error", () => undefined);
  const factory: SqlMigrationAwareDriverAdapterFactory = {
    provider: "postgres",
    adapterName: "@prisma/adapter-pg",
    connect: () => catalogAdapter(pool),
    connectToShadowDb: () => Promise.reject(new Error("Shadow databases are made by the migration runner")),
  };
  try {
    const adapter = bindMigrationAwareSqlAdapterFactory(factory);
    const schemaEngine = await engine.SchemaEngine.new(
      { datamodels: [["schema.prisma", schema]] },
      () => undefined,
      adapter,
    );
    try {
      return await work(schemaEngine);
    } finally {
      schemaEngine.free();
    }
  } finally {
    await pool.end();
  }
}

let loaded: Promise<void> | undefined;

/** Loads the engine by hand: Node does not import its .wasm file the way a bundler does. */
function loadEngine(): Promise<void> {
  return (loaded ??= (async () => {
    const module = createRequire(import.meta.url).resolve("@prisma/schema-engine-wasm");
    const bytes = await readFile(path.join(path.dirname(module), "schema_engine_bg.wasm"));
    const { instance } = await WebAssembly.instantiate(bytes, { "./schema_engine_bg.js": { ...engine } });
    const exports = instance.exports as { __wbindgen_start?: () => void };
    Reflect.get(engine, "__wbg_set_wasm")(exports);
    exports.__wbindgen_start?.();
  })());
}

/** Prisma's adapter, which also reads the catalog's own type "char" that the engine asks for. */
async function catalogAdapter(pool: pg.Pool): Promise<SqlDriverAdapter> {
  const charColumns = new WeakMap<object, number[]>();
  const adapter = await new PrismaPg(relabelling(pool, charColumns)).connect();
  const queryRaw = adapter.queryRaw.bind(adapter);
  return Object.assign(adapter, {
    queryRaw: async (query: SqlQuery) => {
      const result = await queryRaw(query);
      for (const column of charColumns.get(result.rows) ?? []) result.columnTypes[column] = ColumnTypeEnum.Character;
      return result;
    },
  });
}

/** The pool, its answers calling "char" columns text, and `charColumns` remembering which those were. */
function relabelling(pool: pg.Pool, charColumns: WeakMap<object, number[]>): pg.Pool {
  const query = pool.query.bind(pool) as (config: pg.QueryConfig) => Promise<pg.QueryResult>;
  return Object.assign(pool, {
    query: async (config: pg.QueryConfig) => {
      const result = await query(config);
      const found = result.fields.flatMap((field, index) => (field.dataTypeID === CHAR_OID ? [index] : []));
      for (const index of found) result.fields[index]!.dataTypeID = TEXT_OID;
      charColumns.set(result.rows, found);
      return result;
    },
  });
}
