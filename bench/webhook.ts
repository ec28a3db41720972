import { mkdirSync, writeFileSync } from "node:fs";
import { parseArgs } from "node:util";
import { build, buildIsFresh } from "../scripts/launch/build";
import { type Part } from "./figures";
import { measureMemory } from "./memory";
import { measureRate } from "./rate";
import { measureRatio } from "./ratio";
import { measureReply } from "./reply";
import { onStage } from "./stage";

const PARTS = ["ratio", "reply", "rate", "memory"];
const REPORT = ".reports/bench-webhook.json";

const { values } = parseArgs({
  options: { long: { type: "boolean", default: false }, only: { type: "string", multiple: true, default: PARTS } },
});
const unknown = values.only.filter((name) => !PARTS.includes(name));
if (unknown.length > 0) throw new Error(`--only takes ${PARTS.join(", ")}; not ${unknown.join(", ")}.`);
const wanted = (name: string) => values.only.includes(name);

if (!buildIsFresh()) await build();
const parts: Part[] = [];
const add = (part: Part) => {
  parts.push(part);
  console.log(`\n${part.name}: ${part.missed.length === 0 ? "met" : `missed (${part.missed.join("; ")})`}`);
  console.table([part.figures]);
};
await onStage(async (stage) => {
  if (wanted("ratio")) add(await measureRatio(stage, values.long ? 9 : 5, 8));
  if (!["reply", "rate", "memory"].some(wanted)) return;
  const worker = await stage.startWorker();
  if (wanted("reply")) add(await measureReply(stage, 30));
  if (wanted("rate")) add(await measureRate(stage, 30));
  if (wanted("memory")) add(await measureMemory(stage, worker, values.long ? 100_000 : 20_000));
});
mkdirSync(".reports", { recursive: true });
writeFileSync(REPORT, `${JSON.stringify({ at: new Date().toISOString(), long: values.long, parts }, null, 2)}\n`);
process.exit(parts.every(({ missed }) => missed.length === 0) ? 0 : 1);
