import type { Gateway } from "./handler.ts";
import type { SimCommand, SimCredential } from "./state.ts";

/** A change of a user, or of one credential, on a device. */
export interface EnrollmentChange {
  readonly Action: "UserAdded" | "UserUpdated" | "UserDeleted" | "CredentialAdded" | "CredentialDeleted";
  readonly credential?: { readonly Type: string; readonly Index: number; readonly Size: number | null };
}

interface Origin {
  readonly DeviceSN: string;
  readonly EmployeeCode: string;
  /** The command that ended. Absent if the change was made at the terminal. */
  readonly command?: SimCommand;
  readonly FailureReason?: string | null;
}

/** The credential as events report it: without its data, and without the length of a PIN. */
export const credentialAdded = ({ Type, Index, Size }: SimCredential): EnrollmentChange => ({
  Action: "CredentialAdded",
  credential: { Type, Index, Size: Type === "Password" ? null : Size },
});

/** Notifies receivers of changes that succeeded or failed on a device. */
export const emitEnrollment = (gateway: Gateway, origin: Origin, changes: readonly EnrollmentChange[]): void => {
  const { command, FailureReason = null } = origin;
  for (const { Action, credential } of changes) {
    gateway.callbacks.emit({
      Event: "enrollment.update",
      EventID: gateway.newId("evt"),
      DeviceSN: origin.DeviceSN,
      EmployeeCode: origin.EmployeeCode,
      Action,
      CredentialType: credential?.Type ?? null,
      Index: credential?.Index ?? null,
      Size: credential?.Size ?? null,
      EnrollmentStatus: FailureReason === null ? "Completed" : "Failed",
      Source: command === undefined ? "Device" : "Command",
      CommandID: command?.CommandID ?? null,
      OperationID: command?.OperationID ?? null,
      FailureReason,
    });
  }
};
