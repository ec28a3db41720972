import { StartError } from "../embedded/startError";
import { buildIsFresh } from "./build";
import type { Children } from "./children";
import { run } from "./run";

await run({
  environment: "production",
  prepare: buildIfStale,
  // V8 would take what the machine has before it collects; this is plenty.
  web: () => ["--max-old-space-size=384", "--import", "./dist/hook.mjs", ".next/standalone/server.js"],
  worker: ["--enable-source-maps", "dist/worker.mjs"],
});

async function buildIfStale(children: Children): Promise<void> {
  if (buildIsFresh()) return;
  console.log("Making the production build (about half a minute)");
  const args = ["--import", "tsx", "scripts/build.ts"];
  const failure = await children.run({ name: "production build", args, env: process.env });
  if (failure) throw new StartError(`${failure} The reason stands above.`);
}
