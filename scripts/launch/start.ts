import { StartError } from "../embedded/startError";
import { buildIsFresh } from "./build";
import type { Children } from "./children";
import { WEB, WORKER } from "./programs";
import { run } from "./run";

await run({
  environment: "production",
  prepare: buildIfStale,
  web: () => WEB,
  worker: WORKER,
});

async function buildIfStale(children: Children): Promise<void> {
  if (buildIsFresh()) return;
  console.log("Making the production build (about half a minute)");
  const args = ["--import", "tsx", "scripts/build.ts"];
  const failure = await children.run({ name: "production build", args, env: process.env });
  if (failure) throw new StartError(`${failure} The reason stands above.`);
}
