import type { IncomingMessage } from "node:http";
import type { Duplex } from "node:stream";
import type { Logger } from "../../runtime/logger.ts";
import { maskedPath } from "./paths.ts";
import type { ClientAddressOf } from "./client-address.ts";
import { parseTarget } from "./context.ts";

/** Rejects an upgrade with a status of HTTP, and closes the connection. */
export type RefuseUpgrade = (status: number, reason: string) => void;

/** Takes a connection over, or refuses to. */
export type Upgrade = (request: IncomingMessage, socket: Duplex, head: Buffer, refuse: RefuseUpgrade) => void;

const RETRY_AFTER_SECONDS = 10;

/**
 * Returns a listener of upgrades, which logs those that are refused. Node leaves the errors of an upgraded connection to its new owner:
 * without a listener, a reset would end the process.
 */
export const createUpgradeListener =
  (upgrade: Upgrade, logger: Logger, clientAddressOf: ClientAddressOf) =>
  (request: IncomingMessage, socket: Duplex, head: Buffer): void => {
    // A connection that is closed has no address any more.
    const address = clientAddressOf(request);
    upgrade(request, socket, head, (status, reason) => {
      socket.on("error", () => socket.destroy());
      socket.once("finish", () => socket.destroy());
      const retryAfter = status === 429 || status === 503 ? `Retry-After: ${RETRY_AFTER_SECONDS}\r\n` : "";
      socket.end(`HTTP/1.1 ${status} ${reason}\r\n${retryAfter}Connection: close\r\nContent-Length: 0\r\n\r\n`);
      const path = maskedPath(parseTarget(request)?.pathname ?? "");
      logger.info({ address, transport: "websocket", method: request.method, path, status }, "upgrade refused");
    });
  };
