/** Certificates of an authority that Node does not know, as OpenSSL names the fault. */
const UNTRUSTED = /^(DEPTH_ZERO_SELF_SIGNED_CERT|SELF_SIGNED_CERT_IN_CHAIN|UNABLE_TO_(GET_ISSUER|VERIFY_LEAF)\w*)$/;
const CERTIFICATE = /CERT|^UNABLE_TO_VERIFY_LEAF_SIGNATURE$/;

/** Returns the system's code for why a connection failed, such as `ECONNREFUSED`; undefined if there is none. */
export const systemCodeOf = (error: unknown): string | undefined => {
  if (!(error instanceof Error)) return undefined;
  // `fetch` wraps the error of the connection.
  if ("code" in error && typeof error.code === "string") return error.code;
  return systemCodeOf(error.cause);
};

/** Whether a code of the system means that the certificate of a server is not accepted. */
export const isCertificateFault = (code: string): boolean => CERTIFICATE.test(code);

/** Returns the end of a sentence that says why a server cannot be reached, for operators; empty without a code. */
export const connectReason = (code: string | undefined): string => {
  if (code === undefined) return "";
  return UNTRUSTED.test(code)
    ? ` (${code}): its certificate is of an authority that Node does not know; NODE_EXTRA_CA_CERTS names a further one`
    : ` (${code})`;
};
