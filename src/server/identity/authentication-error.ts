/** A request without a valid credential. The message is for the log only and contains nothing of the credential. */
export class AuthenticationError extends Error {
  override readonly name = "AuthenticationError";
}
