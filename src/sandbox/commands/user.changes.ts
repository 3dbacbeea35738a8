import type { Call } from "../handler.ts";
import type { SimCredential, SimUser } from "../state.ts";
import { photoCredential } from "./credentials.ts";

const MEMBERS = [
  "FirstName",
  "LastName",
  "UserType",
  "ValidFrom",
  "ValidTo",
  "Privileges",
  "Enabled",
  "AccessScheduleID",
] as const;

interface Changes {
  readonly changes: Partial<SimUser>;
  /** The photo as events report it. */
  readonly photo: readonly SimCredential[];
}

/** What an UpdateUser changes. Members that are absent stay unchanged. */
export const changesOf = (input: Call<"UpdateUser">["input"], now: number): Changes => {
  const entries = MEMBERS.filter((name) => input[name] !== undefined).map((name) => [name, input[name]] as const);
  const changes = Object.fromEntries(entries) as Partial<SimUser>;
  if (input.Photo === undefined) return { changes, photo: [] };
  return { changes: { ...changes, photo: input.Photo.Data }, photo: [photoCredential(input.Photo, now)] };
};
