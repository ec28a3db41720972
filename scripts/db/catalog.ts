import type pg from "pg";

/** What a schema is made of: the name of each object, and its definition. */
export type Catalog = Map<string, string>;

// Objects of an extension are the extension's business; a constraint's index is named by its constraint.
const CATALOG_SQL = `
WITH relation AS (
  SELECT c.* FROM pg_class c
  WHERE c.relnamespace = 'public'::regnamespace AND c.relname <> '_prisma_migrations'
    AND NOT EXISTS (SELECT FROM pg_depend d WHERE d.classid = 'pg_class'::regclass AND d.objid = c.oid AND d.deptype = 'e')
), routine AS (
  SELECT p.* FROM pg_proc p
  WHERE p.pronamespace = 'public'::regnamespace AND p.prokind IN ('f', 'p')
    AND NOT EXISTS (SELECT FROM pg_depend d WHERE d.classid = 'pg_proc'::regclass AND d.objid = p.oid AND d.deptype = 'e')
), privilege AS (
  SELECT format('%I', relname) AS object, relowner AS owner, relacl AS acl FROM relation
  UNION ALL SELECT format('%I.%I', r.relname, a.attname), r.relowner, a.attacl
    FROM relation r JOIN pg_attribute a ON a.attrelid = r.oid AND a.attacl IS NOT NULL
  UNION ALL SELECT oid::regprocedure::text, proowner, COALESCE(proacl, acldefault('f', proowner)) FROM routine
  UNION ALL SELECT 'schema public', nspowner, nspacl FROM pg_namespace WHERE nspname = 'public'
)
SELECT format('table %I', relname) AS name,
       format('row-level security %s, forced %s', relrowsecurity, relforcerowsecurity) AS definition
FROM relation WHERE relkind IN ('r', 'p')
UNION ALL
SELECT format('column %I.%I', r.relname, a.attname),
       concat_ws(' ', format_type(a.atttypid, a.atttypmod), CASE WHEN a.attnotnull THEN 'not null' END,
                 'default ' || pg_get_expr(d.adbin, d.adrelid), NULLIF('identity ' || a.attidentity::text, 'identity '),
                 NULLIF('generated ' || a.attgenerated::text, 'generated '),
                 'collate ' || NULLIF(a.attcollation, t.typcollation)::regcollation::text)
FROM relation r JOIN pg_attribute a ON a.attrelid = r.oid AND a.attnum > 0 AND NOT a.attisdropped
  JOIN pg_type t ON t.oid = a.atttypid
  LEFT JOIN pg_attrdef d ON d.adrelid = r.oid AND d.adnum = a.attnum
WHERE r.relkind IN ('r', 'p')
UNION ALL
SELECT format('constraint %I on %I', k.conname, r.relname),
       pg_get_constraintdef(k.oid)
FROM relation r JOIN pg_constraint k ON k.conrelid = r.oid AND k.contype <> 'n'
UNION ALL
SELECT format('index %I on %I', x.relname, r.relname),
       pg_get_indexdef(i.indexrelid) || CASE WHEN i.indisvalid THEN '' ELSE ' (invalid)' END
FROM relation r JOIN pg_index i ON i.indrelid = r.oid JOIN pg_class x ON x.oid = i.indexrelid
WHERE NOT EXISTS (SELECT FROM pg_constraint k WHERE k.conindid = i.indexrelid AND k.contype IN ('p', 'u', 'x'))
UNION ALL
SELECT format('policy %I on %I', p.policyname, p.tablename),
       concat_ws(' ', p.permissive, 'for', p.cmd, 'to', p.roles::text, 'using ' || p.qual, 'with check ' || p.with_check)
FROM pg_policies p WHERE p.schemaname = 'public'
UNION ALL
SELECT format('trigger %I on %I', g.tgname, r.relname), concat_ws(' ', pg_get_triggerdef(g.oid), 'enabled', g.tgenabled::text)
FROM relation r JOIN pg_trigger g ON g.tgrelid = r.oid AND NOT g.tgisinternal
UNION ALL
SELECT format('view %I', relname), pg_get_viewdef(oid) FROM relation WHERE relkind IN ('v', 'm')
UNION ALL
SELECT format('sequence %I', r.relname), concat_ws(' ', format_type(s.seqtypid, NULL), 'increment', s.seqincrement)
FROM relation r JOIN pg_sequence s ON s.seqrelid = r.oid
UNION ALL
SELECT format('enum %I', t.typname), string_agg(e.enumlabel, ', ' ORDER BY e.enumsortorder)
FROM pg_type t JOIN pg_enum e ON e.enumtypid = t.oid WHERE t.typnamespace = 'public'::regnamespace GROUP BY t.typname
UNION ALL
SELECT format('function %s', oid::regprocedure), pg_get_functiondef(oid) FROM routine
UNION ALL
SELECT format('grant on %s to %s', p.object, CASE g.grantee WHEN 0 THEN 'public' ELSE g.grantee::regrole::text END),
       string_agg(g.privilege_type || CASE WHEN g.is_grantable THEN ' with grant option' ELSE '' END, ', ' ORDER BY g.privilege_type)
FROM privilege p CROSS JOIN aclexplode(p.acl) g WHERE g.grantee <> p.owner GROUP BY p.object, g.grantee`;

/** Reads what the public schema is made of, from PostgreSQL's catalog. */
export async function readCatalog(client: pg.ClientBase): Promise<Catalog> {
  const { rows } = await client.query<{ name: string; definition: string | null }>(CATALOG_SQL);
  return new Map(rows.map(({ name, definition }) => [name, definition ?? ""]));
}

/** One line for each object that the database has too many, lacks, or has otherwise than expected. */
export function compareCatalogs(expected: Catalog, found: Catalog): string[] {
  const names = [...new Set([...expected.keys(), ...found.keys()])].sort();
  return names.flatMap((name) => {
    const should = expected.get(name);
    const is = found.get(name);
    if (should === is) return [];
    if (is === undefined) return [`The database lacks the ${name}: ${should}`];
    if (should === undefined) return [`No migration makes the ${name}: ${is}`];
    return [`The ${name} is: ${is}; the migrations make it: ${should}`];
  });
}
