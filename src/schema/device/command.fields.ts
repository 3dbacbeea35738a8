import { Command } from "../command/refs.ts";
import { builder } from "../kernel/builder.ts";
import { Device } from "./refs.ts";

builder.objectField(Command, "device", (t) =>
  t.field({
    type: Device,
    description: "The device that the command is for.",
    resolve: ({ DeviceSN }) => ({ DeviceSN }),
  }),
);
