import { EventName, EVENTS } from "../../contract/events.ts";
import { builder } from "../kernel/builder.ts";

/** One value for each event of the contract, by the name that its definition gives it. */
type EventKindValues = {
  readonly [Name in EventName as (typeof EVENTS)[Name]["graphql"]["kind"]]: {
    readonly value: Name;
    readonly description: string;
  };
};

export const GatewayEventKind = builder.enumType("GatewayEventKind", {
  description: "The kinds of events that the gateway pushes. Doors have none; query `accessEvents` for them.",
  values: Object.fromEntries(
    EventName.values.map((name) => {
      const { graphql, description } = EVENTS[name];
      return [graphql.kind, { value: name, description: `${description} See \`${graphql.type}\`.` }];
    }),
  ) as EventKindValues,
});

export const EnrollmentAction = builder.enumType("EnrollmentAction", {
  description: "What changed on a device, or should have changed if `succeeded` is false.",
  values: {
    USER_ADDED: { value: "UserAdded", description: "The user was added to the device." },
    USER_UPDATED: { value: "UserUpdated", description: "The user's name, role or validity on the device was changed." },
    USER_DELETED: { value: "UserDeleted", description: "The user was removed from the device." },
    CREDENTIAL_ADDED: {
      value: "CredentialAdded",
      description: "A credential of the user was added to the device, or replaced.",
    },
    CREDENTIAL_DELETED: {
      value: "CredentialDeleted",
      description: "A credential of the user was removed from the device.",
    },
    OTHER: { value: "Other", description: "A change that this version of the schema does not know." },
  } as const,
});
