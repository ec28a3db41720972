import { validate as isUuid } from "uuid";
import { AppError } from "@/lib/error-handler";

/** The id of a row as an address names it. What cannot be an id is nobody's row: NOT_FOUND, like any other that is not there. */
export function rowId(text: string): string {
  if (!isUuid(text)) throw new AppError("NOT_FOUND");
  return text.toLowerCase();
}
