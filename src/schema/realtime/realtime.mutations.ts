import { operationIdFor } from "../../commands/submit.ts";
import { Secret } from "../../contract/secret.ts";
import type { Callback } from "../../contract/realtime.ts";
import { builder } from "../kernel/builder.ts";
import { callerKey } from "../kernel/viewer.ts";
import { omitNullish } from "../kernel/omit-nullish.ts";
import { addUserErrors, invalidInput, userErrorsOf, type UserErrorSource } from "../command/command.ts";
import { RegisterCallbackInput } from "./realtime.inputs.ts";
import { CallbackRegistration } from "./refs.ts";
import { publicUrl } from "./url.ts";

interface CallbackPayload {
  readonly callback: Callback | null;
  readonly userErrors: UserErrorSource[];
}

const RegisterCallbackPayload = builder.objectRef<CallbackPayload>("RegisterCallbackPayload").implement({
  description: "Of registerCallback.",
  fields: (t) => ({
    callback: t.field({
      type: CallbackRegistration,
      nullable: true,
      description: "The registration.",
      resolve: ({ callback }) => callback,
    }),
  }),
});

addUserErrors(RegisterCallbackPayload);

const refused = (...userErrors: readonly UserErrorSource[]): CallbackPayload => ({
  callback: null,
  userErrors: [...userErrors],
});

const hidden = (text: string | null | undefined): Secret | undefined => (text == null ? undefined : new Secret(text));

builder.mutationFields((t) => ({
  registerCallback: t.field({
    type: RegisterCallbackPayload,
    description: "Point the gateway's webhooks here or elsewhere.",
    upstream: ["RegisterCallback"],
    cost: 20,
    tag: "operations",
    requiresScopes: ["callbacks:manage"],
    args: { input: t.arg({ type: RegisterCallbackInput, required: true, description: "What." }) },
    resolve: async (_root, { input }, context) => {
      const own = input.url == null ? context.events.endpoint() : null;
      const url = input.url == null ? null : publicUrl(input.url);
      if (input.url == null && own === null) {
        return refused(invalidInput("url", "This server cannot be reached by the gateway: PUBLIC_URL is not set."));
      }
      if (input.url != null && url === null) {
        return refused(invalidInput("url", "It has to be a public http or https address."));
      }
      try {
        const { Callback } = await context.call("RegisterCallback", {
          ...(own ?? { CallbackURL: url ?? "" }),
          Active: input.active,
          OperationID: operationIdFor(input.idempotencyKey, callerKey(context.viewer)),
          ...omitNullish({
            Events: input.events,
            DeviceSN: input.serialNumbers,
            CallbackToken: hidden(input.token),
            SigningSecret: hidden(input.signingSecret),
          }),
        });
        return { callback: Callback, userErrors: [] };
      } catch (error) {
        const userErrors = await userErrorsOf(error, input, context);
        if (userErrors === undefined) throw error;
        return refused(...userErrors);
      }
    },
  }),
}));
