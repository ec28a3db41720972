import reactHooks from "eslint-plugin-react-hooks";
import { defineConfig, globalIgnores } from "eslint/config";
import tseslint from "typescript-eslint";

const ENVIRONMENT = {
  selector: "MemberExpression[object.name='process'][property.name='env']",
  message: "The environment is read in src/lib/env.ts alone.",
};
// Names that only Prisma's models have, and names that others share on what is called a transaction or a client.
const OWN =
  "/^(find(Unique|First|Many)(OrThrow)?|(create|update)Many(AndReturn)?|deleteMany|upsert|groupBy|aggregate)$/";
const SHARED = "/^(create|update|delete|count)$/";
const MODEL_CALL_MESSAGE = "Model calls stand in a domain's queries.ts.";
const MODEL_CALLS = [
  {
    selector: `CallExpression[callee.object.type='MemberExpression'][callee.property.name=${OWN}]`,
    message: MODEL_CALL_MESSAGE,
  },
  {
    selector: `CallExpression[callee.object.object.name=/^(tx|prisma|db)$/][callee.property.name=${SHARED}]`,
    message: MODEL_CALL_MESSAGE,
  },
];
const BARRELS = ["ExportAllDeclaration", "ExportDefaultSpecifier"].map((selector) => ({
  selector,
  message: "Import from the module that makes it; there are no barrels.",
}));

export default defineConfig(
  globalIgnores([
    ".next",
    "dist",
    "node_modules",
    "src/generated",
    ".data",
    ".reports",
    "test-results",
    "next-env.d.ts",
  ]),
  tseslint.configs.recommended,
  {
    files: ["**/*.{ts,tsx}"],
    languageOptions: { parserOptions: { projectService: true, tsconfigRootDir: import.meta.dirname } },
    rules: {
      "@typescript-eslint/no-explicit-any": "error",
      "@typescript-eslint/no-floating-promises": "error",
      "@typescript-eslint/no-misused-promises": ["error", { checksVoidReturn: { attributes: false } }],
      "@typescript-eslint/await-thenable": "error",
      "@typescript-eslint/switch-exhaustiveness-check": "error",
      "@typescript-eslint/consistent-type-imports": ["error", { fixStyle: "inline-type-imports" }],
      "@typescript-eslint/no-unused-vars": ["error", { argsIgnorePattern: "^_", varsIgnorePattern: "^_" }],
    },
  },
  {
    files: ["src/**/*.{ts,tsx}"],
    extends: [reactHooks.configs.flat.recommended],
    rules: {
      "no-console": "error",
      "max-lines": ["error", { max: 300, skipBlankLines: true, skipComments: true }],
      "no-restricted-syntax": ["error", ENVIRONMENT, ...MODEL_CALLS, ...BARRELS],
      "no-restricted-imports": [
        "error",
        { paths: [{ name: "node:process", message: "The environment is read in src/lib/env.ts alone." }] },
      ],
    },
  },
  {
    files: ["src/lib/env.ts", "src/instrumentation.ts"],
    rules: { "no-restricted-syntax": ["error", ...MODEL_CALLS, ...BARRELS] },
  },
  {
    files: ["src/**/queries.ts", "src/lib/{auth,queue,health,activity}/**/*.ts"],
    rules: { "no-restricted-syntax": ["error", ENVIRONMENT, ...BARRELS] },
  },
  { files: ["src/**/*.test.ts"], rules: { "no-restricted-syntax": "off" } },
);
