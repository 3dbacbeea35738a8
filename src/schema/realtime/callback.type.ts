import { builder } from "../kernel/builder.ts";
import { CallbackRegistration } from "./refs.ts";
import { GatewayEventKind } from "./realtime.enums.ts";
import { Device } from "../device/refs.ts";
import { requireReadable, requireReported } from "../kernel/facts.ts";
import { knownEvents, maskUrl } from "./callback.ts";

builder.objectType(CallbackRegistration, {
  description: "A receiver that is registered at the gateway and gets its events by HTTP POST.",
  fields: (t) => ({
    id: t.id({
      description: "ID of the registration at the gateway. It cannot be passed to `node`.",
      resolve: ({ CallbackID }) => CallbackID,
    }),
    url: t.field({
      type: "HttpUrl",
      description:
        "URL to which the gateway posts. Only scheme, host and first path segment are returned, because the rest may " +
        "contain secrets; `***` stands for the rest.",
      resolve: ({ CallbackURL }) => maskUrl(CallbackURL),
    }),
    events: t.field({
      type: [GatewayEventKind],
      nullable: true,
      description: "The kinds of events that the gateway sends to this receiver.",
      semanticNonNull: true,
      resolve: ({ Events }) => knownEvents(requireReported(Events, "events")),
    }),
    devices: t.field({
      type: [Device],
      nullable: true,
      description: "The devices whose events are sent; null means all devices, also future ones.",
      resolve: ({ DeviceSN }) => requireReadable(DeviceSN, "devices")?.map((each) => ({ DeviceSN: each })) ?? null,
    }),
    active: t.boolean({
      description: "Whether the gateway sends events. False after the registration was ended.",
      resolve: ({ Active }) => Active,
    }),
    createdAt: t.field({
      type: "DateTime",
      nullable: true,
      description: "The instant at which the URL was first registered.",
      semanticNonNull: true,
      resolve: ({ CreatedTime }) => requireReported(CreatedTime, "createdAt"),
    }),
  }),
});
