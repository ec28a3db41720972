/** Runs once, before the web server answers: refuses a wrong environment or an old database, and ends streams on a stop. */
export async function register(): Promise<void> {
  // A constant of the build: the other runtime holds none of what follows.
  if (process.env.NEXT_RUNTIME === "nodejs") await (await import("./instrumentation.node")).start();
}
