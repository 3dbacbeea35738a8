/** A request without a valid credential. The message is for the log only and contains nothing of the credential. */
export class AuthenticationError extends Error {
  override readonly name = "AuthenticationError";
  /** Whether the credential could not be checked now: it may be valid, and the client should try again. */
  readonly isTemporary: boolean;

  constructor(
    message: string,
    { isTemporary = false, ...options }: ErrorOptions & { readonly isTemporary?: boolean } = {},
  ) {
    super(message, options);
    this.isTemporary = isTemporary;
  }
}
