import { builder } from "../kernel/builder.ts";
import { GatewayEventKind } from "./realtime.enums.ts";

export const RegisterCallbackInput = builder.inputType("RegisterCallbackInput", {
  description:
    "A receiver of the gateway's events. There is one registration per URL: registering the same URL again replaces it.",
  fields: (t) => ({
    url: t.field({
      type: "HttpUrl",
      description:
        "Public http or https URL that receives the events by POST, on port 80, 443, 8080 or 8443 and without credentials. " +
        "Omit it to register this server itself, with its own secrets.",
    }),
    events: t.field({
      type: [GatewayEventKind],
      description: "The kinds of events to send, each at most once. Omit it for all kinds.",
    }),
    serialNumbers: t.stringList({
      description:
        "Send only events of the devices with these serial numbers, 1 to 100. Omit it for all devices, also future ones.",
    }),
    token: t.string({
      description:
        "Token that the gateway sends in each body as proof of origin: 16 to 128 printable ASCII characters. It is never " +
        "logged or returned. Omit it for the token of the gateway account. Allowed only together with `url`.",
    }),
    signingSecret: t.string({
      description:
        "Secret with which the gateway signs each body, 16 to 256 characters. It is never logged or returned. Omit it for " +
        "unsigned bodies. Allowed only together with `url`.",
    }),
    active: t.boolean({
      required: true,
      defaultValue: true,
      description: "Whether to send events. False ends the registration and drops its waiting events.",
    }),
    idempotencyKey: t.string({
      description:
        "Key of at most 255 characters that makes retries safe: the same key with the same input returns the first " +
        "result. An empty or blank key counts as not given.",
    }),
  }),
});
