const RECORDS = "activity-feed|business|channels|contacts|leads|messages|simulator";
const WORKFLOWS = "inbound|outbound|conversation|turn|sweeper";
const PLATFORM = "http|errors|auth|queue|ai|whatsapp|crypto|events|activity|alerts|observability|health|phone";

// A sibling's shapes are open to all, and types cost nothing at run time.
const SCHEMA = "^src/lib/[^/]+/schema\\.ts$";
const TEST = "\\.test\\.tsx?$";

/** @type {import("dependency-cruiser").IConfiguration} */
module.exports = {
  forbidden: [
    {
      name: "no-cycles",
      comment: "Two modules that need each other are one module, or hide a third.",
      severity: "error",
      from: {},
      to: { circular: true, viaOnly: { dependencyTypesNot: ["type-only"] } },
    },
    {
      name: "no-unresolved",
      comment: "An import has to lead somewhere.",
      severity: "error",
      from: {},
      to: { couldNotResolve: true },
    },
    {
      name: "lib-folder-has-a-layer",
      comment: "A new folder of lib is platform, record or workflow: name it at the top of this file.",
      severity: "error",
      from: { path: "^src/" },
      to: { path: "^src/lib/[^/]+/", pathNot: `^src/lib/(${RECORDS}|${WORKFLOWS}|${PLATFORM})/` },
    },
    {
      name: "lib-knows-no-entrance",
      comment: "app and jobs are entrances to lib; lib does not know them, nor the components.",
      severity: "error",
      from: { path: "^src/lib/", pathNot: TEST },
      to: { path: "^src/(app|jobs|components)/" },
    },
    {
      name: "platform-knows-no-domain",
      comment: "Platform serves every domain; of one it may know the shapes.",
      severity: "error",
      from: { path: `^src/lib/(((${PLATFORM})/)|[^/]+\\.ts$)`, pathNot: TEST },
      to: { path: `^src/lib/(${RECORDS}|${WORKFLOWS})/`, pathNot: SCHEMA },
    },
    {
      name: "records-do-not-know-each-other",
      comment: "What joins two records is a workflow.",
      severity: "error",
      from: { path: `^src/lib/(${RECORDS})/`, pathNot: TEST },
      to: { path: `^src/lib/(${RECORDS}|${WORKFLOWS})/`, pathNot: [SCHEMA, "^src/lib/$1/"] },
    },
    {
      name: "no-framework-in-lib",
      comment: "lib runs in the worker too; the framework belongs to http and auth.",
      severity: "error",
      from: { path: "^src/lib/", pathNot: "^src/lib/(http|auth)/" },
      to: { path: "^node_modules/(@types/)?(next|react|react-dom)/" },
    },
    {
      name: "database-is-handed-on",
      comment: "Everyone but a few of the platform is handed ctx.db; types are free.",
      severity: "error",
      from: {
        path: "^src/",
        pathNot: ["^src/lib/(http|auth|queue|health)/", "^src/jobs/", "^src/instrumentation", TEST],
      },
      to: { path: "^src/lib/db\\.ts$", dependencyTypesNot: ["type-only"] },
    },
    {
      name: "one-prisma-client",
      comment: "The generated client is made in db.ts; lib may use its types.",
      severity: "error",
      from: { path: "^(src|scripts|prisma)/", pathNot: ["^src/lib/db\\.ts$", "^src/generated/"] },
      to: { path: "^src/generated/prisma/", dependencyTypesNot: ["type-only"] },
    },
    {
      name: "no-prisma-types-on-screen",
      comment: "Components and pages know the shapes of schema.ts, not the tables.",
      severity: "error",
      from: { path: "^src/(app|components)/" },
      to: { path: "^src/generated/" },
    },
    {
      name: "components-know-shapes-only",
      comment: "Components take schemas, the API client and the session's type.",
      severity: "error",
      from: { path: "^src/components/", pathNot: TEST },
      to: { path: "^src/lib/", pathNot: [SCHEMA, "^src/lib/http/client\\.ts$"] },
    },
    {
      name: "pages-know-shapes-and-session",
      comment: "A page takes UI, schemas, the API client and the session; its data comes through the API's own reads.",
      severity: "error",
      from: { path: "^src/app/.*\\.tsx$" },
      to: { path: "^src/lib/", pathNot: [SCHEMA, "^src/lib/http/client\\.ts$", "^src/lib/auth/"] },
    },
    {
      name: "ui-knows-no-domain",
      comment: "Primitives and the shell serve every domain.",
      severity: "error",
      from: { path: "^src/components/(ui|layout)/" },
      to: { path: "^src/components/", pathNot: "^src/components/(ui|layout|live)/" },
    },
    {
      name: "components-do-not-import-pages",
      comment: "app is routing only.",
      severity: "error",
      from: { path: "^src/(components|jobs)/" },
      to: { path: "^src/app/" },
    },
    {
      name: "src-stands-alone",
      comment: "What is shipped needs neither tests nor tools.",
      severity: "error",
      from: { path: "^src/", pathNot: TEST },
      to: { path: "^(tests|scripts|e2e|bench|prisma)/" },
    },
    {
      name: "shipped-code-needs-shipped-packages",
      comment: "devDependencies are not there in production.",
      severity: "error",
      from: { path: "^src/", pathNot: TEST },
      to: { dependencyTypes: ["npm-dev"], dependencyTypesNot: ["type-only"], pathNot: "^node_modules/@types/" },
    },
  ],
  options: {
    doNotFollow: { path: "node_modules" },
    exclude: { path: "^(\\.next|dist)/" },
    tsPreCompilationDeps: true,
    tsConfig: { fileName: "tsconfig.json" },
    enhancedResolveOptions: {
      exportsFields: ["exports"],
      conditionNames: ["import", "require", "node", "default", "types"],
    },
  },
};
