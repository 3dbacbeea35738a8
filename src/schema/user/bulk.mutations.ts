import { Command, UserError } from "../command/refs.ts";
import { builder } from "../kernel/builder.ts";
import { type AddedUser, type AddedUsers, addUsers } from "./bulk.ts";
import { requireCredentialScope } from "./new-user.ts";
import { User } from "./refs.ts";
import { AddUsersInput } from "./user.inputs.ts";

const AddUsersResult = builder.objectRef<AddedUser>("AddUsersResult").implement({
  description: "The result for one user of `addUsers`.",
  fields: (t) => ({
    employeeCode: t.string({
      description: "Code of the user, as passed.",
      resolve: ({ employeeCode }) => employeeCode,
    }),
    user: t.field({
      type: User,
      nullable: true,
      description: "The new user; null if there are errors.",
      resolve: ({ employeeCode, outcome }) =>
        "commands" in outcome && outcome.userErrors.length === 0 ? { EmployeeCode: employeeCode } : null,
    }),
    commands: t.field({
      type: [Command],
      nullable: true,
      description:
        "One command per device that accepted it, in the order of the input. Null, with an error, if the gateway failed for " +
        "this user; the other users are not affected.",
      semanticNonNull: true,
      resolve: ({ outcome }) => {
        if ("fault" in outcome) throw outcome.fault;
        return outcome.commands;
      },
    }),
    userErrors: t.field({
      type: [UserError],
      description: "What was rejected for this user and why. Empty if the gateway accepted everything.",
      resolve: ({ outcome }) => ("commands" in outcome ? outcome.userErrors : []),
    }),
  }),
});

const AddUsersPayload = builder.objectRef<AddedUsers>("AddUsersPayload").implement({
  description: "Result of `addUsers`: one result per user, and errors of the input as a whole.",
  fields: (t) => ({
    results: t.field({
      type: [AddUsersResult],
      description: "One result per user, in the order of the input. Empty if the input as a whole was rejected.",
      listSize: { assumedSize: 200 },
      resolve: ({ results }) => results,
    }),
    userErrors: t.field({
      type: [UserError],
      description: "Errors of the input as a whole: nothing was sent. Errors of one user are in `results`.",
      resolve: ({ userErrors }) => userErrors,
    }),
  }),
});

builder.mutationField("addUsers", (t) =>
  t.field({
    type: AddUsersPayload,
    description:
      "Creates up to 200 users on devices, with one command per user and device. It waits for no device, and an error of one " +
      "user does not stop the others. Follow all with the subscription `enrollmentUpdated`, or one with `commandUpdated`.",
    alsoUpstream: ["AddUser"],
    cost: 1_000,
    requiresScopes: ["users:write"],
    args: {
      input: t.arg({ type: AddUsersInput, required: true, description: "The new users, the devices and options." }),
    },
    resolve: (_root, { input }, context) => {
      requireCredentialScope(context.viewer, input.users);
      return addUsers(input, context);
    },
  }),
);
