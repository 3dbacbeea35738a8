import type { UserErrorSource } from "./user-errors.ts";
import { builder } from "../kernel/builder.ts";
import { UserErrorCode } from "./command.enums.ts";
import { UserError } from "./refs.ts";

type Source<Type extends UserErrorSource["type"]> = Extract<UserErrorSource, { readonly type: Type }>;

builder.interfaceType(UserError, {
  description: "Why a mutation did not do all it was asked; faults of the system are GraphQL errors instead.",
  resolveType: ({ type }) => type,
  fields: (t) => ({
    code: t.field({ type: UserErrorCode, description: "What went wrong.", resolve: ({ code }) => code }),
    message: t.string({ description: "Sentence for developers.", resolve: ({ message }) => message }),
    path: t.stringList({ nullable: true, description: "Path of the input field.", resolve: ({ path }) => path }),
  }),
});

builder.objectRef<Source<"GatewayInputError">>("GatewayInputError").implement({
  description: "The input is wrong: INVALID_INPUT or IDEMPOTENCY_KEY_REUSED.",
  interfaces: [UserError],
});

builder.objectRef<Source<"GatewayNotFoundError">>("GatewayNotFoundError").implement({
  description: "Something named does not exist: DEVICE_NOT_FOUND, USER_NOT_FOUND or DOOR_NOT_FOUND.",
  interfaces: [UserError],
  fields: (t) => ({ key: t.string({ description: "The key that was not found.", resolve: ({ key }) => key }) }),
});

builder.objectRef<Source<"GatewayRateLimitError">>("GatewayRateLimitError").implement({
  description: "RATE_LIMITED.",
  interfaces: [UserError],
  fields: (t) => ({
    retryAfterSeconds: t.int({
      description: "Try again after.",
      resolve: ({ retryAfterSeconds }) => Math.ceil(retryAfterSeconds),
    }),
  }),
});

builder.objectRef<Source<"GatewayRefusedError">>("GatewayRefusedError").implement({
  description: "Refused by the gateway or for the device's state: NOT_ALLOWED, DEVICE_OFFLINE or OTHER.",
  interfaces: [UserError],
  fields: (t) => ({
    statusCode: t.int({
      nullable: true,
      description: "The gateway's status code, if it was asked.",
      resolve: ({ statusCode }) => statusCode,
    }),
  }),
});
