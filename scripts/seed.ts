import { openDatabase, prepareDatabase } from "./launch/database";
import { readSettings } from "./launch/settings";

const settings = readSettings("production");
const closeDatabase = await openDatabase(settings);
try {
  await prepareDatabase(settings);
} finally {
  await closeDatabase();
}
