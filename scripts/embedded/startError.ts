/** Why a start is refused; the message is one clear sentence for the person at the terminal. */
export class StartError extends Error {
  override name = "StartError";
}

/** The errno code of a file-system or spawn error, or undefined. */
export function errno(error: unknown): string | undefined {
  return error instanceof Error && "code" in error ? String(error.code) : undefined;
}
