import { Command } from "../command/refs.ts";
import { builder } from "../kernel/builder.ts";
import { User } from "./refs.ts";

builder.objectField(Command, "user", (t) =>
  t.field({
    type: User,
    nullable: true,
    description: "User concerned.",
    resolve: ({ employeeCode }) => (employeeCode === null ? null : { EmployeeCode: employeeCode }),
  }),
);
