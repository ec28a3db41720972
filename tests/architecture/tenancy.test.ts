import { globSync, readFileSync } from "node:fs";
import { describe, expect, it } from "vitest";

const schema = readFileSync("prisma/schema.prisma", "utf8");
const migrations = globSync("prisma/migrations/*/migration.sql")
  .sort()
  .map((file) => readFileSync(file, "utf8"))
  .join("\n");

// It exists before anybody is in, and may name the business somebody is to join; only the accounts' side reads it.
const BEFORE_ANY_TENANT = ["Invite"];

const modelsWithBusiness = [...schema.matchAll(/^model (\w+) \{([^}]*)^\}/gm)]
  .filter(([, , fields]) => /^\s+businessId\s/m.test(fields ?? ""))
  .map(([, name = ""]) => name);
const tenantModels = modelsWithBusiness.filter((name) => !BEFORE_ANY_TENANT.includes(name));

describe("tables that belong to a business", () => {
  it("exist", () => {
    expect(tenantModels.length).toBeGreaterThan(0);
  });

  it.each(tenantModels)("%s is closed by row-level security, for its owner too, with a policy for tenants", (model) => {
    const needed = {
      enabled: new RegExp(`ALTER TABLE "${model}" ENABLE ROW LEVEL SECURITY`),
      forced: new RegExp(`ALTER TABLE "${model}" FORCE ROW LEVEL SECURITY`),
      policy: new RegExp(`CREATE POLICY \\w+ ON "${model}"[^;]*current_business_id\\(\\)`),
    };
    const absent = Object.entries(needed).filter(([, statement]) => !statement.test(migrations));
    expect(absent.map(([name]) => name)).toEqual([]);
  });

  it.each(BEFORE_ANY_TENANT)("%s is granted to neither role of the application", (model) => {
    expect(modelsWithBusiness).toContain(model);
    expect(new RegExp(`GRANT[^;]*"${model}"[^;]*TO [^;]*frontdesk_(app|system)`).test(migrations)).toBe(false);
  });
});
