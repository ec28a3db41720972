import type { NextConfig } from "next";

const config: NextConfig = {
  output: "standalone",
  // A lockfile in a folder above does not move the root.
  outputFileTracingRoot: import.meta.dirname,
  turbopack: { root: import.meta.dirname },
  poweredByHeader: false,
  reactCompiler: true,
  typedRoutes: false,
  serverExternalPackages: ["pg", "pg-boss", "pino"],
  // Secrets stay where they are: the standalone folder never carries an environment file or the data folder.
  outputFileTracingExcludes: { "*": [".env*", ".data/**", "tests/**", "e2e/**", "bench/**", "docs/**"] },
};

export default config;
