import type { IncomingMessage } from "node:http";
import { isIP } from "node:net";

const HEADER = "x-frontdesk-address";
const UNKNOWN = "unknown";
// Next loads this module once more than the hook does; both ask the process whether the header is ours.
const shared = globalThis as typeof globalThis & { frontdeskSetsAddresses?: boolean };

/**
 * Writes the caller's true address into the header that {@link addressOf} reads, over whatever was sent there: the
 * socket's, or with n trusted proxies the n-th from the right of X-Forwarded-For.
 */
export function setAddress(request: IncomingMessage, trustedProxies: number): void {
  shared.frontdeskSetsAddresses = true;
  request.headers[HEADER] = vouched(request, trustedProxies) ?? plain(request.socket.remoteAddress ?? "") ?? UNKNOWN;
}

/** The address of a request's caller; one fixed word where no hook stands in front of the server. */
export function addressOf(request: Request): string {
  return (shared.frontdeskSetsAddresses && request.headers.get(HEADER)) || UNKNOWN;
}

/** What one caller can have many of counts as one: of an IPv6 address the first 64 bits. */
export function networkOf(address: string): string {
  if (isIP(address) !== 6) return address;
  const [head = "", tail] = address.split("::");
  const groups = head.split(":").filter(Boolean);
  const after = tail?.split(":").filter(Boolean) ?? [];
  const zeros = Array.from({ length: Math.max(0, 8 - groups.length - after.length) }, () => "0");
  const all = [...groups, ...zeros, ...after].slice(0, 4).map((group) => Number.parseInt(group, 16).toString(16));
  return `${all.join(":")}::/64`;
}

// A list shorter than the proxies in front did not pass them all: nobody vouches for it.
function vouched(request: IncomingMessage, trustedProxies: number): string | undefined {
  if (trustedProxies === 0) return undefined;
  const list = [request.headers["x-forwarded-for"] ?? ""].flat().join(",").split(",");
  return plain(list.at(-trustedProxies)?.trim() ?? "");
}

/** An address without a port, brackets, zone, or the IPv6 coat of an IPv4 one; undefined where it is none. */
function plain(text: string): string | undefined {
  const bare = /^\[(.+)\](?::\d+)?$/.exec(text)?.[1] ?? /^([\d.]+):\d+$/.exec(text)?.[1] ?? text;
  const address = bare
    .toLowerCase()
    .replace(/^::ffff:(?=[\d.]+$)/, "")
    .replace(/%.*$/, "");
  return isIP(address) ? address : undefined;
}
