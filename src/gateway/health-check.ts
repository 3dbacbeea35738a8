import type { GatewayClient, GatewayHealth } from "./client.ts";
import { GatewayError } from "./errors.ts";

const MIN_INTERVAL_MS = 1_000;

export interface HealthCheckOptions {
  readonly gateway: Pick<GatewayClient, "call" | "health">;
  /** Called with an error that is not a GatewayError. */
  readonly onFault: (error: unknown) => void;
}

/**
 * Creates a check of the gateway: its state as the last call showed it. If that call failed, the gateway is called again, at most once a
 * second, and the next check knows its state: a gateway that hangs must not delay an answer about this instance.
 */
export const createHealthCheck = ({ gateway, onFault }: HealthCheckOptions): (() => GatewayHealth["last"]) => {
  let startedAt = Number.NEGATIVE_INFINITY;
  let isCalling = false;
  const call = async () => {
    [startedAt, isCalling] = [performance.now(), true];
    try {
      await gateway.call("ListDevices", { Limit: 1 });
    } catch (error) {
      if (!(error instanceof GatewayError)) onFault(error);
    } finally {
      isCalling = false;
    }
  };
  return () => {
    const { last } = gateway.health();
    if (last !== "answered" && !isCalling && performance.now() - startedAt >= MIN_INTERVAL_MS) void call();
    return last;
  };
};
