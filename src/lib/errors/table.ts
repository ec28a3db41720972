import { databaseErrors } from "@/lib/errors/database";
import type { ErrorEntry } from "@/lib/errors/entry";
import { networkErrors } from "@/lib/errors/network";
import { ruleErrors } from "@/lib/errors/rules";
import { signInErrors } from "@/lib/errors/signIn";
import { validationErrors } from "@/lib/errors/validation";

/** The one table of what can go wrong. Names and support codes are fixed: monitors, scripts and support rely on them. */
export const ERRORS = {
  ...signInErrors,
  ...validationErrors,
  ...databaseErrors,
  ...networkErrors,
  ...ruleErrors,
} satisfies Record<string, ErrorEntry>;

export type ErrorCode = keyof typeof ERRORS;
