import type { UserErrorSource } from "./user-errors.ts";
import { builder } from "../kernel/builder.ts";
import { UserErrorCode } from "./command.enums.ts";
import { UserError } from "./refs.ts";

type Source<Type extends UserErrorSource["type"]> = Extract<UserErrorSource, { readonly type: Type }>;

builder.interfaceType(UserError, {
  description:
    "An error of a mutation that the caller can correct. Faults of the system are GraphQL errors in `errors` instead.",
  resolveType: ({ type }) => type,
  fields: (t) => ({
    code: t.field({
      type: UserErrorCode,
      description: "Machine-readable reason. Branch on this value, not on `message`.",
      resolve: ({ code }) => code,
    }),
    message: t.string({
      description: "Explanation for developers in English. The text may change without notice.",
      resolve: ({ code, message, path }) =>
        code === "INVALID_INPUT" && path !== null ? `${path.slice(1).join(".")}: ${message}` : message,
    }),
    path: t.stringList({
      nullable: true,
      description:
        'Path of the input field in question, such as `["input", "serialNumbers", "1"]`. Null if no single field is.',
      resolve: ({ path }) => path,
    }),
  }),
});

builder.objectRef<Source<"GatewayInputError">>("GatewayInputError").implement({
  description: "The input is invalid. Its code is `INVALID_INPUT` or `IDEMPOTENCY_KEY_REUSED`.",
  interfaces: [UserError],
});

builder.objectRef<Source<"GatewayNotFoundError">>("GatewayNotFoundError").implement({
  description:
    "The input names something that does not exist. Its code is `DEVICE_NOT_FOUND`, `USER_NOT_FOUND` or `DOOR_NOT_FOUND`.",
  interfaces: [UserError],
  fields: (t) => ({
    key: t.string({
      description: "The serial number, employee code or `serialNumber/doorNumber` that does not exist.",
      resolve: ({ key }) => key,
    }),
  }),
});

builder.objectRef<Source<"GatewayRateLimitError">>("GatewayRateLimitError").implement({
  description: "The gateway limits the rate of requests. Its code is `RATE_LIMITED`.",
  interfaces: [UserError],
  fields: (t) => ({
    retryAfterSeconds: t.int({
      description: "How many seconds to wait before the mutation is sent again.",
      resolve: ({ retryAfterSeconds }) => Math.ceil(retryAfterSeconds),
    }),
  }),
});

builder.objectRef<Source<"GatewayRefusedError">>("GatewayRefusedError").implement({
  description:
    "The gateway rejected the request, or the state of the device excludes it. " +
    "Its code is `NOT_ALLOWED`, `DEVICE_OFFLINE` or `OTHER`.",
  interfaces: [UserError],
  fields: (t) => ({
    statusCode: t.int({
      nullable: true,
      description: "The gateway's numeric status code, for support cases. Null if the gateway was not called.",
      resolve: ({ statusCode }) => statusCode,
    }),
  }),
});
