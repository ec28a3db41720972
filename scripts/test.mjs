import { launch } from "./bootstrap.mjs";

await launch("./launch/test.ts");
