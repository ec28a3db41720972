/** The part of autocannon that the benchmark uses; the package carries no types of its own. */
declare module "autocannon" {
  import type { EventEmitter } from "node:events";

  /** One connection; asked for the bytes of each request it sends. */
  interface Client {
    getRequestBuffer(): Buffer;
  }

  interface Options {
    url: string;
    connections: number;
    /** requests in all, over all connections */
    amount: number;
    setupClient(client: Client): void;
  }

  interface Result {
    "2xx": number;
    non2xx: number;
    errors: number;
    timeouts: number;
  }

  export default function autocannon(options: Options): EventEmitter & PromiseLike<Result>;
}
