import { Command } from "../command/refs.ts";
import { builder } from "../kernel/builder.ts";
import { Door } from "./refs.ts";

builder.objectField(Command, "door", (t) =>
  t.field({
    type: Door,
    nullable: true,
    description: "Door concerned.",
    resolve: ({ DeviceSN, doorNo }) => (doorNo === null ? null : { DeviceSN, DoorNo: doorNo }),
  }),
);
