import type { Callback } from "../../contract/realtime.ts";
import { builder } from "../builder.ts";

export const CallbackRegistration = builder.objectRef<Callback>("CallbackRegistration");
