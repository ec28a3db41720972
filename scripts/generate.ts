import { generate } from "./launch/generate";

await generate();
