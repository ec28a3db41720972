import { randomUUID } from "node:crypto";
import { hostname } from "node:os";

/** This process, as the leases it holds name it. */
export const OWNER = `${hostname()}:${process.pid}:${randomUUID().slice(0, 8)}`;
