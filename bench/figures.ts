/** What one part of the benchmark found: the figures it prints, and the goals it missed. */
export interface Part {
  name: string;
  figures: Record<string, number | string>;
  missed: string[];
}

/** The smallest value that at least `share` (0 to 1) of the values do not exceed. */
export function quantile(values: number[], share: number): number {
  const sorted = [...values].sort((a, b) => a - b);
  return sorted[Math.max(0, Math.ceil(share * sorted.length) - 1)] ?? Number.NaN;
}

export function median(values: number[]): number {
  return quantile(values, 0.5);
}

export function round(value: number, digits = 0): number {
  return Number(value.toFixed(digits));
}

/** p50, p95 and p99 of latencies in milliseconds. */
export function latency(values: number[]): Record<"p50 ms" | "p95 ms" | "p99 ms", number> {
  return {
    "p50 ms": round(quantile(values, 0.5), 1),
    "p95 ms": round(quantile(values, 0.95), 1),
    "p99 ms": round(quantile(values, 0.99), 1),
  };
}
