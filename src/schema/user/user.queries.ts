import { builder } from "../kernel/builder.ts";
import { User } from "./refs.ts";
import { requireAtMost, withCallerErrors } from "../kernel/arguments.ts";
import { userOf } from "./user.ts";

builder.queryFields((t) => ({
  user: t.field({
    type: User,
    nullable: true,
    description: "One user, null when unknown.",
    upstream: ["FindUser"],
    cost: 5,
    requiresScopes: ["users:read"],
    args: {
      employeeCode: t.arg.string({ required: true, description: "Who." }),
    },
    resolve: (_root, args, context) => withCallerErrors(args, () => userOf(args.employeeCode, context)),
  }),
  users: t.field({
    type: [User],
    nullable: { list: true, items: true },
    description: "Users in input order, null where unknown.",
    alsoUpstream: ["FindUser"],
    semanticNonNull: true,
    cost: 10,
    listSize: { assumedSize: 50 },
    requiresScopes: ["users:read"],
    args: {
      employeeCodes: t.arg.stringList({ required: true, description: "Who, up to 200." }),
    },
    resolve: (_root, args, context) =>
      requireAtMost(args.employeeCodes, 200, "employeeCodes").map((code) =>
        withCallerErrors(args, () => userOf(code, context)),
      ),
  }),
}));
