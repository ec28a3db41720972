import { generate } from "./generate";
import { run } from "./run";

if (process.env.NODE_ENV === "production") {
  console.error("Development mode does not serve people: use npm start, or unset NODE_ENV.");
  process.exit(1);
}

await run({
  environment: "development",
  prepare: generate,
  web: ({ host, variables }) => ["node_modules/next/dist/bin/next", "dev", "-H", host, "-p", variables.PORT ?? "3000"],
  worker: ["node_modules/tsx/dist/cli.mjs", "watch", "src/jobs/worker.ts"],
});
