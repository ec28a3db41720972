import { IncomingMessage } from "node:http";
import { Socket } from "node:net";
import { describe, expect, it } from "vitest";
import { addressOf, networkOf, setAddress } from "./address";

function seen(socket: string, trustedProxies: number, headers: Record<string, string> = {}): string {
  const request = new IncomingMessage(Object.defineProperty(new Socket(), "remoteAddress", { value: socket }));
  Object.assign(request.headers, headers);
  setAddress(request, trustedProxies);
  return addressOf(new Request("http://localhost", { headers: request.headers as Record<string, string> }));
}

describe("the caller's address", () => {
  it("is one word where nothing stands in front of the server, whatever is sent", () => {
    const headers = { "x-frontdesk-address": "203.0.113.9", "x-forwarded-for": "203.0.113.9" };
    expect(addressOf(new Request("http://localhost", { headers }))).toBe("unknown");
  });

  it.each([
    ["the socket's, without a trusted proxy", "10.0.0.1", 0, "203.0.113.9", "10.0.0.1"],
    ["what the one proxy saw", "10.0.0.1", 1, "6.6.6.6, 203.0.113.9", "203.0.113.9"],
    ["what the outer of two proxies saw", "10.0.0.1", 2, "6.6.6.6, 203.0.113.9, 10.0.0.2", "203.0.113.9"],
    ["the socket's, where the list is too short", "10.0.0.1", 2, "203.0.113.9", "10.0.0.1"],
    ["the socket's, where the entry is no address", "10.0.0.1", 1, "203.0.113.9, nonsense", "10.0.0.1"],
    ["without a port", "10.0.0.1", 1, "203.0.113.9:4711", "203.0.113.9"],
    ["without brackets and port", "10.0.0.1", 1, "[2001:DB8::1]:443", "2001:db8::1"],
    ["IPv4 in its own form", "::ffff:10.0.0.1", 0, "", "10.0.0.1"],
    ["without a zone", "fe80::1%eth0", 0, "", "fe80::1"],
  ])("is %s", (_what, socket, proxies, forwarded, address) => {
    expect(seen(socket, proxies, { "x-forwarded-for": forwarded })).toBe(address);
  });

  it("is never what a client writes into the server's own header", () => {
    expect(seen("10.0.0.1", 0, { "x-frontdesk-address": "203.0.113.9" })).toBe("10.0.0.1");
  });
});

describe("the network that counts as one caller", () => {
  it.each([
    ["203.0.113.9", "203.0.113.9"],
    ["2001:db8:1:2:3:4:5:6", "2001:db8:1:2::/64"],
    ["2001:db8:1:2::9", "2001:db8:1:2::/64"],
    ["2001:0db8:0001::9", "2001:db8:1:0::/64"],
    ["::1", "0:0:0:0::/64"],
    ["unknown", "unknown"],
  ])("of %s is %s", (address, network) => {
    expect(networkOf(address)).toBe(network);
  });
});
