"use client";

import { useState } from "react";
import { SelectField } from "@/components/ui/Field";
import { themeOf, type Theme } from "./theme";

/** Light, dark, or as the system has it. A cookie keeps the choice, so that the server draws it at once. */
export function ThemeToggle({ initial }: { initial: Theme }) {
  const [theme, setTheme] = useState(initial);
  return (
    <SelectField label="Theme" value={theme} onChange={(event) => choose(themeOf(event.target.value), setTheme)}>
      <option value="system">As the system</option>
      <option value="light">Light</option>
      <option value="dark">Dark</option>
    </SelectField>
  );
}

function choose(theme: Theme, setTheme: (theme: Theme) => void): void {
  setTheme(theme);
  document.cookie = `theme=${theme}; path=/; max-age=31536000; samesite=lax`;
  if (theme === "system") delete document.documentElement.dataset.theme;
  else document.documentElement.dataset.theme = theme;
}
