/** One code of `userErrors`: what a mutation reports as data, since the caller can act on it. */
interface UserErrorCodeEntry {
  /** The GraphQL type of the error. */
  readonly type: string;
  /** What it means, as a Markdown fragment. */
  readonly meaning: string;
}

/**
 * Every value of the schema's `UserErrorCode`. The enum and its descriptions, the codes that the types of errors can have, and the table
 * in `docs/errors.md`, in this order, are made from it.
 */
export const USER_ERROR_CODES = {
  INVALID_INPUT: { type: "GatewayInputError", meaning: "An input field is malformed or out of range; see `path`." },
  IDEMPOTENCY_KEY_REUSED: {
    type: "GatewayInputError",
    meaning: "The idempotency key was used with other input within 24 hours. Use a new key.",
  },
  DEVICE_NOT_FOUND: {
    type: "GatewayNotFoundError",
    meaning: "The account has no device with this serial number. Nothing was sent to any device.",
  },
  USER_NOT_FOUND: {
    type: "GatewayNotFoundError",
    meaning: "The gateway has no user with this employee code. Nothing was sent to any device.",
  },
  DOOR_NOT_FOUND: { type: "GatewayNotFoundError", meaning: "The device has no door with this number." },
  RATE_LIMITED: {
    type: "GatewayRateLimitError",
    meaning: "The gateway received too many requests, even after waiting. Try again after `retryAfterSeconds`.",
  },
  NOT_ALLOWED: {
    type: "GatewayRefusedError",
    meaning: "The gateway's plan, license or device pairing excludes the operation. Contact the account's owner.",
  },
  DEVICE_OFFLINE: {
    type: "GatewayRefusedError",
    meaning:
      "The device was reported offline within the last minute and `queueIfOffline` is false; nothing was sent to it.",
  },
  OTHER: {
    type: "GatewayRefusedError",
    meaning: "The gateway rejected the request for another reason; see `message`.",
  },
} as const satisfies Record<string, UserErrorCodeEntry>;

type UserErrorCodes = typeof USER_ERROR_CODES;

/** The name of a GraphQL type of user errors. */
export type UserErrorType = UserErrorCodes[keyof UserErrorCodes]["type"];

/** The codes that errors of a type can have. */
export type UserErrorCodeOf<Type extends UserErrorType> = {
  [Code in keyof UserErrorCodes]: UserErrorCodes[Code]["type"] extends Type ? Code : never;
}[keyof UserErrorCodes];
