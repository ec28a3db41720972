export type Theme = "system" | "light" | "dark";

/** The theme that a cookie's value names; anything else follows the system. */
export function themeOf(value: string | undefined): Theme {
  return value === "light" || value === "dark" ? value : "system";
}
