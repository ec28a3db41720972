import type { ReactNode } from "react";

/** A table; it scrolls within itself where the screen is narrow. `numbers` names the heads whose columns hold numbers. */
export function Table(props: { label: string; heads: string[]; numbers?: string[]; children: ReactNode }) {
  const { label, heads, numbers = [], children } = props;
  return (
    <div role="region" aria-label={label} tabIndex={0} className="overflow-x-auto">
      <table className="w-full text-left text-sm">
        <thead>
          <tr>
            {heads.map((head) => (
              <th
                key={head}
                scope="col"
                className={`px-2 py-2 text-xs font-medium whitespace-nowrap text-muted ${numbers.includes(head) ? "text-right" : ""}`}
              >
                {head}
              </th>
            ))}
          </tr>
        </thead>
        <tbody>{children}</tbody>
      </table>
    </div>
  );
}

/** A cell; numbers stand right. */
export function Cell({ number = false, children }: { number?: boolean; children: ReactNode }) {
  return <td className={`h-10 max-w-72 truncate px-2 py-1.5 ${number ? "text-right" : ""}`}>{children}</td>;
}
