import { launch } from "./bootstrap.mjs";

await launch(process.argv[2] === "dev" ? "./launch/dev.ts" : "./launch/start.ts");
