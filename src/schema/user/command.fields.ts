import { Command } from "../command/refs.ts";
import { builder } from "../kernel/builder.ts";
import { User } from "./refs.ts";

builder.objectField(Command, "user", (t) =>
  t.field({
    type: User,
    nullable: true,
    description: "The user that the command is about. Null for commands about doors, clocks or several users.",
    resolve: ({ employeeCode }) => (employeeCode === null ? null : { EmployeeCode: employeeCode }),
  }),
);
