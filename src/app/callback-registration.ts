import type { GatewayClient } from "../gateway/client.ts";
import type { Logger } from "../runtime/logger.ts";
import type { CallbackEndpoint } from "../schema/kernel/context.ts";

/** Registers the callbacks. A failure is logged: the operator, or the next start, registers them later. */
export const registerCallbacks = async (
  gateway: GatewayClient,
  endpoint: CallbackEndpoint,
  logger: Logger,
  isStopping: () => boolean,
): Promise<void> => {
  try {
    const { Callback } = await gateway.call("RegisterCallback", endpoint);
    logger.info({ callback: Callback.CallbackID, events: Callback.Events }, "callbacks registered");
  } catch (error) {
    if (!isStopping())
      logger.error({ err: error }, "callback registration failed; events arrive only after a registration");
  }
};
