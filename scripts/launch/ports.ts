import { once } from "node:events";
import { createServer, type AddressInfo } from "node:net";
import { errno, StartError } from "../embedded/startError";

/** Makes sure that the web server can listen there. Throws StartError, one sentence with what to do. */
export async function requirePort(port: number, host: string): Promise<void> {
  if (port === 0) throw new StartError("PORT: needs a number from 1 to 65535.");
  try {
    await listen(port, host);
  } catch (cause) {
    throw new StartError(sentence(port, host, errno(cause)), { cause });
  }
}

/** A port of this machine that nothing uses. */
export function freePort(): Promise<number> {
  return listen(0, "127.0.0.1");
}

async function listen(port: number, host: string): Promise<number> {
  const server = createServer().listen(port, host);
  await once(server, "listening");
  const held = (server.address() as AddressInfo).port;
  server.close();
  await once(server, "close");
  return held;
}

function sentence(port: number, host: string, code: string | undefined): string {
  const another = `choose another port, for example PORT=${port < 1024 ? 3000 : port + 1} npm start`;
  if (code === "EADDRINUSE") return `Port ${port} is in use: stop the program that holds it, or ${another}.`;
  if (code === "EACCES") return `Port ${port} needs more rights than this user has: ${another}.`;
  return `Nothing can listen on ${host}, port ${port} (${code}).`;
}
