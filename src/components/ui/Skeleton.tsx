/** Rows in the shape of what comes. Shown only once waiting is felt. */
export function Skeleton({ rows = 6, label = "Loading" }: { rows?: number; label?: string }) {
  return (
    <div role="status" className="grid animate-appear gap-3 p-4">
      <span className="sr-only">{label}</span>
      {Array.from({ length: rows }, (_, row) => (
        <div key={row} className="grid gap-1.5">
          <div className="h-3 w-2/5 rounded-md bg-hover" />
          <div className="h-3 w-4/5 rounded-md bg-hover" />
        </div>
      ))}
    </div>
  );
}
