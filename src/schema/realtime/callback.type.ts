import { builder } from "../kernel/builder.ts";
import { CallbackRegistration } from "./refs.ts";
import { GatewayEventKind } from "./realtime.enums.ts";
import { Device } from "../device/refs.ts";
import { knownEvents, maskUrl } from "./callback.ts";

builder.objectType(CallbackRegistration, {
  description: "A webhook registered at the gateway.",
  fields: (t) => ({
    id: t.id({ description: "Opaque id.", resolve: ({ CallbackID }) => CallbackID }),
    url: t.field({
      type: "URL",
      description: "Where it posts, secrets masked.",
      resolve: ({ CallbackURL }) => maskUrl(CallbackURL),
    }),
    events: t.field({
      type: [GatewayEventKind],
      description: "What it posts.",
      resolve: ({ Events }) => knownEvents(Events),
    }),
    devices: t.field({
      type: [Device],
      nullable: true,
      description: "Only for these devices; null means all.",
      resolve: ({ DeviceSN }) => DeviceSN?.map((each) => ({ DeviceSN: each })) ?? null,
    }),
    active: t.boolean({ description: "False once unregistered.", resolve: ({ Active }) => Active ?? true }),
    createdAt: t.field({
      type: "DateTime",
      description: "First registered.",
      resolve: ({ CreatedTime }, _args, { startedAt }) => CreatedTime ?? startedAt,
    }),
  }),
});
