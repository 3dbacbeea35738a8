import type { GatewayClient, GatewayCondition } from "./client.ts";
import { GatewayError } from "./errors.ts";

const REST_MS = 1_000;

/**
 * How the gateway is: as the last call found it, if that was answered; otherwise it is asked again, at most once a second.
 * Without asking, an instance that gets no requests because it is not ready would never find out that it is.
 */
export const createHealthCheck = (
  gateway: Pick<GatewayClient, "call" | "health">,
): (() => Promise<GatewayCondition["last"]>) => {
  let asking: Promise<void> | undefined;
  let askedAt = Number.NEGATIVE_INFINITY;
  const ask = async () => {
    askedAt = performance.now();
    try {
      await gateway.call("ListDevices", { Limit: 1 });
    } catch (error) {
      if (!(error instanceof GatewayError)) throw error;
    } finally {
      asking = undefined;
    }
  };
  return async () => {
    if (gateway.health().last === "answered") return "answered";
    if (performance.now() - askedAt >= REST_MS) asking ??= ask();
    await asking;
    return gateway.health().last;
  };
};
