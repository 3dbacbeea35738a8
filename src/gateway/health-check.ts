import type { GatewayClient, GatewayHealth } from "./client.ts";
import { GatewayError } from "./errors.ts";

const MIN_INTERVAL_MS = 1_000;

/**
 * Creates a check of the gateway: its state as the last call showed it, if that call was answered; otherwise the gateway is asked
 * again, at most once a second. Without asking, an instance that gets no requests because it is not ready would never find out
 * that it is.
 */
export const createHealthCheck = (
  gateway: Pick<GatewayClient, "call" | "health">,
): (() => Promise<GatewayHealth["last"]>) => {
  let running: Promise<void> | undefined;
  let startedAt = Number.NEGATIVE_INFINITY;
  const ask = async () => {
    startedAt = performance.now();
    try {
      await gateway.call("ListDevices", { Limit: 1 });
    } catch (error) {
      if (!(error instanceof GatewayError)) throw error;
    } finally {
      running = undefined;
    }
  };
  return async () => {
    if (gateway.health().last === "answered") return "answered";
    if (performance.now() - startedAt >= MIN_INTERVAL_MS) running ??= ask();
    await running;
    return gateway.health().last;
  };
};
