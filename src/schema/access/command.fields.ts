import { Command } from "../command/refs.ts";
import { builder } from "../kernel/builder.ts";
import { Door } from "./refs.ts";

builder.objectField(Command, "door", (t) =>
  t.field({
    type: Door,
    nullable: true,
    description: "The door that the command is for; null if the command is for no door, or if the door is not known.",
    resolve: ({ DeviceSN, doorNo }) => (doorNo === null ? null : { DeviceSN, DoorNo: doorNo }),
  }),
);
