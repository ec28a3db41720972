import type { ComponentProps } from "react";

type Look = "primary" | "secondary" | "quiet";

const LOOKS: Record<Look, string> = {
  primary: "bg-accent text-on-accent hover:bg-accent-strong",
  secondary: "border border-edge bg-surface hover:bg-hover",
  quiet: "text-accent hover:bg-hover",
};

/** The classes of a button, for a link that looks like one. */
export function buttonClass(look: Look = "secondary"): string {
  return `inline-flex min-h-8 items-center justify-center gap-2 rounded-md px-3 py-1 font-medium whitespace-nowrap transition-colors disabled:opacity-60 pointer-coarse:min-h-11 ${LOOKS[look]}`;
}

/** A button; it says its verb. */
export function Button({ look = "secondary", className = "", ...rest }: ComponentProps<"button"> & { look?: Look }) {
  return <button type="button" {...rest} className={`${buttonClass(look)} ${className}`} />;
}
