import { mkdir, writeFile } from "node:fs/promises";
import path from "node:path";
import { errorDocs } from "./docs/errors";

for (const [file, text] of Object.entries(errorDocs())) {
  await mkdir(path.dirname(file), { recursive: true });
  await writeFile(file, text);
  console.log(`wrote ${file}`);
}
