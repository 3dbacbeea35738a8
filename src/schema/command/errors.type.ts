import { builder } from "../kernel/builder.ts";
import { UserErrorCode } from "./command.enums.ts";
import { UserError } from "./refs.ts";
import { USER_ERROR_CODES, type UserErrorCodeOf, type UserErrorType } from "./user-error-codes.ts";
import type { UserErrorSource } from "./user-errors.ts";

type Source<Type extends UserErrorType> = Extract<UserErrorSource, { readonly code: UserErrorCodeOf<Type> }>;

/** Makes the sentence that names the codes of a type of errors. */
const codesOf = (type: UserErrorType): string => {
  const entries = Object.entries(USER_ERROR_CODES).filter(([, entry]) => entry.type === type);
  const codes = entries.map(([code]) => `\`${code}\``);
  return `Its code is ${new Intl.ListFormat("en-GB", { type: "disjunction" }).format(codes)}.`;
};

builder.interfaceType(UserError, {
  description:
    "An error of a mutation that the caller can correct. Faults of the system are GraphQL errors in `errors` instead.",
  resolveType: ({ code }) => USER_ERROR_CODES[code].type,
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
  description: `The input is invalid. ${codesOf("GatewayInputError")}`,
  interfaces: [UserError],
});

builder.objectRef<Source<"GatewayNotFoundError">>("GatewayNotFoundError").implement({
  description: `The input names something that does not exist. ${codesOf("GatewayNotFoundError")}`,
  interfaces: [UserError],
  fields: (t) => ({
    key: t.string({
      description: "The serial number, employee code or `serialNumber/doorNumber` that does not exist.",
      resolve: ({ key }) => key,
    }),
  }),
});

builder.objectRef<Source<"GatewayRateLimitError">>("GatewayRateLimitError").implement({
  description: `The gateway limits the rate of requests. ${codesOf("GatewayRateLimitError")}`,
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
    "The gateway rejected the request, or the state of the device excludes it. " + codesOf("GatewayRefusedError"),
  interfaces: [UserError],
  fields: (t) => ({
    statusCode: t.int({
      nullable: true,
      description: "The gateway's numeric status code, for support cases. Null if the gateway was not called.",
      resolve: ({ statusCode }) => statusCode,
    }),
  }),
});
