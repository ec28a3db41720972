import { useId, type ComponentProps, type ReactNode } from "react";

/** The classes that every field for text shares. */
export const fieldClass =
  "w-full rounded-md border border-edge bg-surface px-2.5 py-1.5 placeholder:text-muted disabled:opacity-70 pointer-coarse:min-h-11";

/** A line of text with its label. */
export function TextField({
  label,
  hint,
  className = "",
  ...rest
}: ComponentProps<"input"> & { label: string; hint?: string }) {
  const id = useId();
  return (
    <Labelled id={id} label={label} hint={hint} className={className}>
      <input id={id} {...rest} aria-describedby={hint ? `${id}-hint` : undefined} className={fieldClass} />
    </Labelled>
  );
}

/** A choice of one, with its label. */
export function SelectField({ label, className = "", ...rest }: ComponentProps<"select"> & { label: string }) {
  const id = useId();
  return (
    <Labelled id={id} label={label} className={className}>
      <select id={id} {...rest} className={fieldClass} />
    </Labelled>
  );
}

function Labelled(props: {
  id: string;
  label: string;
  hint?: string | undefined;
  className: string;
  children: ReactNode;
}) {
  return (
    <div className={`grid gap-1 ${props.className}`}>
      <label htmlFor={props.id} className="text-sm font-medium">
        {props.label}
      </label>
      {props.children}
      {props.hint && (
        <p id={`${props.id}-hint`} className="text-xs text-muted">
          {props.hint}
        </p>
      )}
    </div>
  );
}
