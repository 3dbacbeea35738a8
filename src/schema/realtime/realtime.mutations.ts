import { operationIdFor, parseIdempotencyKey } from "../../commands/submit.ts";
import { Secret } from "../../contract/secret.ts";
import { builder } from "../kernel/builder.ts";
import { callerKey } from "../kernel/viewer.ts";
import { omitNullish } from "../kernel/omit.ts";
import { addUserErrors, invalidInput, userErrorsOf, type UserErrorSource } from "../command/command.ts";
import { RegisterCallbackInput } from "./realtime.inputs.ts";
import { CallbackRegistration, type RegisteredCallback } from "./refs.ts";
import { publicUrl } from "./url.ts";

interface CallbackPayload {
  readonly callback: RegisteredCallback | null;
  readonly userErrors: UserErrorSource[];
}

const RegisterCallbackPayload = builder.objectRef<CallbackPayload>("RegisterCallbackPayload").implement({
  description: "Result of `registerCallback`: the registration, or the errors that prevented it.",
  fields: (t) => ({
    callback: t.field({
      type: CallbackRegistration,
      nullable: true,
      description: "The registration as it is now; null if there are `userErrors`.",
      resolve: ({ callback }) => callback,
    }),
  }),
});

addUserErrors(RegisterCallbackPayload);

const rejected = (...userErrors: readonly UserErrorSource[]): CallbackPayload => ({
  callback: null,
  userErrors: [...userErrors],
});

/** What a receiver checks. This server has its own. */
const SECRETS = ["token", "signingSecret"] as const;

const secretOf = (text: string | null | undefined): Secret | undefined => (text == null ? undefined : new Secret(text));

builder.mutationFields((t) => ({
  registerCallback: t.field({
    type: RegisterCallbackPayload,
    description:
      "Registers a receiver of the gateway's events, replaces it, or ends it. The server registers itself " +
      "when it starts; run the mutation without `url` if that failed and subscriptions deliver nothing.",
    upstream: ["RegisterCallback"],
    cost: 20,
    tag: "operations",
    requiresScopes: ["callbacks:manage"],
    args: {
      input: t.arg({
        type: RegisterCallbackInput,
        required: true,
        description: "The receiver, and the events to send.",
      }),
    },
    resolve: async (_root, { input }, context) => {
      const secrets = SECRETS.filter((name) => input.url == null && input[name] != null);
      if (secrets.length > 0) {
        const message =
          "This server registers itself with its own secrets, and would reject others; omit it, or give a URL.";
        return rejected(...secrets.map((name) => invalidInput(name, message)));
      }
      const own = input.url == null ? context.events.endpoint() : null;
      const url = input.url == null ? null : publicUrl(input.url);
      if (input.url == null && own === null) {
        return rejected(
          invalidInput("url", "The gateway cannot reach this server because PUBLIC_URL is not set; give a URL."),
        );
      }
      if (input.url != null && url === null) {
        return rejected(invalidInput("url", "The URL must be a public http or https address."));
      }
      try {
        const { Callback } = await context.call("RegisterCallback", {
          ...(own ?? { CallbackURL: url ?? "" }),
          Active: input.active,
          OperationID: operationIdFor(
            parseIdempotencyKey("RegisterCallback", input.idempotencyKey),
            callerKey(context.viewer),
          ),
          ...omitNullish({
            Events: input.events,
            DeviceSN: input.serialNumbers,
            CallbackToken: secretOf(input.token),
            SigningSecret: secretOf(input.signingSecret),
          }),
        });
        return { callback: { ...Callback, Active: Callback.Active ?? input.active }, userErrors: [] };
      } catch (error) {
        const userErrors = await userErrorsOf(error, input, context);
        if (userErrors === undefined) throw error;
        return rejected(...userErrors);
      }
    },
  }),
}));
