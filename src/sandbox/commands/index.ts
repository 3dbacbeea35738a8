import type { OperationName } from "../../contract/operations.ts";
import type { Handlers } from "../handler.ts";
import { copyHandlers } from "./copy.ts";
import { deviceHandlers } from "./device.ts";
import { doorHandlers } from "./door.ts";
import { enrollHandlers } from "./enroll.ts";
import { realtimeHandlers } from "./realtime.ts";
import { userHandlers } from "./users.ts";

/** The handlers of the operations that change something or report its progress. */
export const commandHandlers = {
  ...userHandlers,
  ...enrollHandlers,
  ...copyHandlers,
  ...doorHandlers,
  ...deviceHandlers,
  ...realtimeHandlers,
} satisfies Partial<Handlers<OperationName>>;
