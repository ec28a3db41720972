const PATHS = {
  inbox: "M3 12h5l1.5 3h5L16 12h5M3 12l3-7h12l3 7v7H3z",
  leads: "M16 19a5 5 0 0 0-10 0M11 11a3 3 0 1 0 0-6 3 3 0 0 0 0 6M17 8h4M17 12h4",
  phone: "M8 3h8a1 1 0 0 1 1 1v16a1 1 0 0 1-1 1H8a1 1 0 0 1-1-1V4a1 1 0 0 1 1-1M11 18h2",
  pulse: "M3 12h4l3-7 4 14 3-7h4",
  deliveries: "M4 5h16v14H4zM4 13h4l1.5 2h5l1.5-2h4",
  person: "M12 12a4 4 0 1 0 0-8 4 4 0 0 0 0 8M4 20a8 8 0 0 1 16 0",
  back: "M15 5l-7 7 7 7",
  clock: "M12 21a9 9 0 1 0 0-18 9 9 0 0 0 0 18M12 7v5l3 2",
  tick: "M5 13l4 4L19 7",
  ticks: "M2 13l4 4 9-10M11 16l1 1L22 7",
  triangle: "M12 4l9 16H3zM12 10v4M12 17v.01",
  question: "M9 9a3 3 0 1 1 4.5 2.6c-1 .6-1.5 1.2-1.5 2.4M12 18v.01",
  strike: "M4 12h16M7 7h10M7 17h10",
  spark: "M12 3l1.8 6.2L20 11l-6.2 1.8L12 19l-1.8-6.2L4 11l6.2-1.8z",
} as const;

export type IconName = keyof typeof PATHS;

/** A line drawing beside words; it never carries a meaning alone, so readers skip it. */
export function Icon({
  name,
  className = "size-4",
  bold = false,
}: {
  name: IconName;
  className?: string;
  bold?: boolean;
}) {
  return (
    <svg
      viewBox="0 0 24 24"
      aria-hidden="true"
      className={`shrink-0 ${className}`}
      fill={name === "spark" ? "currentColor" : "none"}
      stroke="currentColor"
      strokeWidth={bold ? 3.2 : 1.8}
      strokeLinecap="round"
      strokeLinejoin="round"
    >
      <path d={PATHS[name]} />
    </svg>
  );
}
