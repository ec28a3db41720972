import { randomUUID } from "node:crypto";
import type pg from "pg";

/** A row as PostgreSQL writes it in JSON. */
export interface MadeRow {
  table: string;
  json: string;
}

interface Column {
  name: string;
  type: string;
  required: boolean;
  hasDefault: boolean;
}

interface ForeignKey {
  columns: string[];
  parent: string;
  parentColumns: string[];
}

interface Table {
  name: string;
  columns: Column[];
  foreignKeys: ForeignKey[];
  checks: string[];
}

const TABLES_SQL = `
SELECT c.relname AS name,
  (SELECT json_agg(json_build_object('name', a.attname, 'type', format_type(a.atttypid, NULL), 'required', a.attnotnull,
     'hasDefault', a.atthasdef) ORDER BY a.attnum)
   FROM pg_attribute a WHERE a.attrelid = c.oid AND a.attnum > 0 AND NOT a.attisdropped) AS columns,
  (SELECT COALESCE(json_agg(json_build_object('parent', p.relname,
     'columns', (SELECT json_agg(a.attname ORDER BY o) FROM unnest(k.conkey) WITH ORDINALITY u(n, o)
                 JOIN pg_attribute a ON a.attrelid = k.conrelid AND a.attnum = u.n),
     'parentColumns', (SELECT json_agg(a.attname ORDER BY o) FROM unnest(k.confkey) WITH ORDINALITY u(n, o)
                       JOIN pg_attribute a ON a.attrelid = k.confrelid AND a.attnum = u.n))), '[]')
   FROM pg_constraint k JOIN pg_class p ON p.oid = k.confrelid WHERE k.conrelid = c.oid AND k.contype = 'f') AS "foreignKeys",
  (SELECT COALESCE(json_agg(pg_get_constraintdef(k.oid)), '[]')
   FROM pg_constraint k WHERE k.conrelid = c.oid AND k.contype = 'c') AS checks
FROM pg_class c
WHERE c.relnamespace = 'public'::regnamespace AND c.relkind = 'r' AND c.relname <> '_prisma_migrations'
ORDER BY c.relname`;

/** Inserts a row into every table of the public schema, linked as its keys ask, all of one business; parents first. */
export async function fillEveryTable(superuser: pg.ClientBase): Promise<MadeRow[]> {
  const { rows: tables } = await superuser.query<Table>(TABLES_SQL);
  const made = new Map<string, Record<string, unknown>>();
  const result: MadeRow[] = [];
  for (const table of parentsFirst(tables)) {
    const values = rowFor(table, made);
    const { rows } = await superuser.query<{ json: string }>(
      `INSERT INTO "${table.name}" (${Object.keys(values)
        .map((name) => `"${name}"`)
        .join(", ")}) SELECT ${Object.keys(values)
        .map((name) => `"${name}"`)
        .join(", ")} FROM json_populate_record(NULL::"${table.name}", $1)
       RETURNING to_jsonb("${table.name}")::text AS json`,
      [JSON.stringify(values)],
    );
    const json = rows[0]?.json ?? "{}";
    made.set(table.name, JSON.parse(json) as Record<string, unknown>);
    result.push({ table: table.name, json });
  }
  return result;
}

/** Orders tables so that each stands after those it refers to. */
function parentsFirst(tables: Table[]): Table[] {
  const placed: Table[] = [];
  const isPlaced = (name: string, self: Table) => name === self.name || placed.some((table) => table.name === name);
  while (placed.length < tables.length) {
    const next = tables.find(
      (table) => !placed.includes(table) && table.foreignKeys.every(({ parent }) => isPlaced(parent, table)),
    );
    if (!next) throw new Error("The foreign keys form a circle");
    placed.push(next);
  }
  return placed;
}

function rowFor(table: Table, made: Map<string, Record<string, unknown>>): Record<string, unknown> {
  const row: Record<string, unknown> = {};
  for (const column of table.columns) {
    if (column.name === "businessId") row[column.name] = made.get("Business")?.id;
    else if (!column.hasDefault) row[column.name] = sample(table, column);
  }
  for (const { columns, parent, parentColumns } of table.foreignKeys)
    columns.forEach((column, index) => (row[column] = made.get(parent)?.[parentColumns[index] ?? ""] ?? null));
  return row;
}

/** A value of the column's type that the table's CHECKs let through. */
function sample(table: Table, { name, type, required }: Column): unknown {
  if (type === "text" || type === "character varying") return sampleText(table, name);
  if (type === "uuid") return randomUUID();
  if (type === "boolean") return true;
  if (type === "bytea") return "\\x0102ff00";
  if (type === "jsonb") return { said: "ünï", at: [1, null] };
  if (type === "text[]") return ["clean", 'a "quoted", one'];
  // What may be absent happens after what may not: periods then end after they begin.
  if (type.startsWith("timestamp")) return required ? "2026-01-02T03:04:05.678Z" : "2026-02-03T04:05:06.789Z";
  if (/^(integer|bigint|smallint|numeric|double precision|real)$/.test(type)) return 1;
  throw new Error(`No sample for ${table.name}.${name} of type ${type}: add one`);
}

function sampleText(table: Table, column: string): string {
  const named = new RegExp(`\\(\\(?"?${column}"?(?:\\)::text)? `);
  const check = table.checks.find((definition) => named.test(definition) && !/ OR /.test(definition));
  const pattern = check && /~ '([^']+)'/.exec(check)?.[1];
  if (pattern) return ["NZ", "NZD", "2026-11-20"].find((value) => new RegExp(pattern).test(value)) ?? "";
  const allowed = check && /'([^']+)'/.exec(check)?.[1];
  return allowed ?? `${table.name} ${column} ${randomUUID()}`;
}

/** Every row of every table of the public schema by table, sorted; `columns` narrows each to the columns named. */
export async function dumpRows(
  superuser: pg.ClientBase,
  columns?: Map<string, string[]>,
): Promise<Map<string, string[]>> {
  const { rows: tables } = await superuser.query<Table>(TABLES_SQL);
  const dump = new Map<string, string[]>();
  for (const table of tables) {
    const names = columns ? columns.get(table.name) : table.columns.map(({ name }) => name);
    if (!names) continue;
    const pairs = names.map((name) => `'${name}', "${name}"`).join(", ");
    const { rows } = await superuser.query<{ row: string }>(
      `SELECT jsonb_build_object(${pairs})::text AS row FROM "${table.name}" ORDER BY 1`,
    );
    dump.set(
      table.name,
      rows.map(({ row }) => row),
    );
  }
  return dump;
}

/** The columns of every table of the public schema. */
export async function tableColumns(superuser: pg.ClientBase): Promise<Map<string, string[]>> {
  const { rows } = await superuser.query<Table>(TABLES_SQL);
  return new Map(rows.map((table) => [table.name, table.columns.map(({ name }) => name)]));
}
