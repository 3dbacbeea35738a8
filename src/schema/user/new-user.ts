import type { Input } from "../../contract/operations.ts";
import type { Secret } from "../../contract/secret.ts";
import { omitNullish } from "../kernel/omit.ts";
import { requireScopes, type Viewer } from "../kernel/viewer.ts";
import type { NewUserInput } from "./user.inputs.ts";

/** A new user as a mutation's input has it. */
export type NewUser = typeof NewUserInput.$inferInput;

/** Checks that the viewer may store credentials, if one of the users has any. */
export const requireCredentialScope = (viewer: Viewer, users: readonly Pick<NewUser, "templates">[]): void => {
  if (users.some(({ templates }) => templates != null)) requireScopes(viewer, ["credentials:write"]);
};

/** Returns the request that stores a user on devices. */
export const newUserRequest = (
  user: NewUser,
  { serialNumbers }: { readonly serialNumbers: readonly string[] },
): Input<"AddUser"> => ({
  DeviceSN: [...serialNumbers],
  EmployeeCode: user.employeeCode,
  FirstName: user.firstName,
  UserType: sendable(user.role),
  ...omitNullish({
    LastName: user.lastName,
    ValidFrom: user.validFrom,
    ValidTo: user.validTo,
    Privileges: user.privileges,
    AccessScheduleID: user.accessScheduleId,
    Templates: user.templates?.map(({ kind, index, data, algorithm }) => ({
      Type: sendable(kind),
      Index: index,
      Data: data,
      Algorithm: algorithm,
    })),
    Photo: photoInput(user.photo),
  }),
});

/** Returns the member that has a portrait. */
export const photoInput = (data: Secret | null | undefined) => (data == null ? undefined : { Data: data });

/** Narrows a value for sending: OTHER occurs in what is received; when it is sent, validation rejects it by name. */
export function sendable<Value extends string>(value: Value): Exclude<Value, "Other">;
export function sendable<Value extends string>(value: Value | null | undefined): Exclude<Value, "Other"> | undefined;
export function sendable<Value extends string>(value: Value | null | undefined): Exclude<Value, "Other"> | undefined {
  return (value ?? undefined) as Exclude<Value, "Other"> | undefined;
}
