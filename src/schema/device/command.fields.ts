import { Command } from "../command/refs.ts";
import { builder } from "../kernel/builder.ts";
import { Device } from "./refs.ts";

builder.objectField(Command, "device", (t) =>
  t.field({ type: Device, description: "Where.", resolve: ({ DeviceSN }) => ({ DeviceSN }) }),
);
