import { launch } from "./bootstrap.mjs";

await launch("./launch/verify.ts");
