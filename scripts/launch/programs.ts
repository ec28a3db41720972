/** What Node is given for the production web server. V8 would take what the machine has before it collects; 384 MB is plenty. */
export const WEB = ["--max-old-space-size=384", "--import", "./dist/hook.mjs", ".next/standalone/server.js"];

/** What Node is given for the production worker. */
export const WORKER = ["--max-old-space-size=384", "--enable-source-maps", "dist/worker.mjs"];
