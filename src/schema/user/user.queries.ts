import { builder } from "../kernel/builder.ts";
import type { Context } from "../kernel/context.ts";
import { validate } from "../../gateway/request.ts";
import { User, type UserSource } from "./refs.ts";
import { requireAtMost, withCallerErrors } from "../kernel/arguments.ts";
import { userOf } from "./user.ts";

/** The caller gave the code: one that the contract does not allow is an error, not a user without a record. */
const askedUser = (EmployeeCode: string, args: object, context: Context): Promise<UserSource | null> =>
  withCallerErrors(args, async () => {
    validate("FindUser", { EmployeeCode });
    return userOf(EmployeeCode, context);
  });

builder.queryFields((t) => ({
  user: t.field({
    type: User,
    nullable: true,
    description: "A user by employee code. Null if the gateway has no record of the code.",
    upstream: ["FindUser"],
    cost: 5,
    requiresScopes: ["users:read"],
    args: {
      employeeCode: t.arg.string({
        required: true,
        description: "Code of the user. It is text: leading zeros matter.",
      }),
    },
    resolve: (_root, args, context) => askedUser(args.employeeCode, args, context),
  }),
  users: t.field({
    type: [User],
    nullable: { list: true, items: true },
    description:
      "Users by employee code, in the order of the input. An item is null if the gateway has no record of the code.",
    alsoUpstream: ["FindUser"],
    semanticNonNull: true,
    cost: 10,
    listSize: { assumedSize: 50 },
    requiresScopes: ["users:read"],
    args: {
      employeeCodes: t.arg.stringList({
        required: true,
        description: "Codes of the users, up to 200. Leading zeros matter.",
      }),
    },
    resolve: (_root, args, context) =>
      requireAtMost(args.employeeCodes, 200, "employeeCodes").map((code) => askedUser(code, args, context)),
  }),
}));
