/** A caller who did not prove who it is. The reason is for the log: nothing of the credential stands in it, and no client hears it. */
export class AuthenticationError extends Error {
  override readonly name = "Refused";
}
