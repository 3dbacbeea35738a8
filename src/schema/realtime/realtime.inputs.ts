import { builder } from "../kernel/builder.ts";
import { GatewayEventKind } from "./realtime.enums.ts";

export const RegisterCallbackInput = builder.inputType("RegisterCallbackInput", {
  description: "Of registerCallback; the same URL again replaces the registration.",
  fields: (t) => ({
    url: t.field({ type: "URL", description: "Where to post; left out: this facade, with its own secrets." }),
    events: t.field({ type: [GatewayEventKind], description: "What to post; left out: everything." }),
    serialNumbers: t.stringList({ description: "Only for these devices; left out: all." }),
    token: t.string({ description: "Token echoed in bodies; never logged." }),
    signingSecret: t.string({ description: "Key that signs bodies; never logged." }),
    active: t.boolean({ required: true, defaultValue: true, description: "False unregisters." }),
    idempotencyKey: t.string({ description: "Same key and input: same answer." }),
  }),
});
