/** Parts of names, without case and separators, whose members hold tokens, passwords, cards, templates or pictures. */
const SECRET_PARTS = new RegExp(
  "token|secret|passw|passcode|passphrase|passkey|pwd|pincode|pinno|pinnum|(?<!dis)card|(security|api|private|access)key" +
    "|template|biometric|photo|image|authorization|cookie|verifier",
);
/** The same, as whole words: `UserPIN`, `new_pin` and `P.I.N.`, but neither `Shipping` nor `Opinion`. */
const SECRET_WORDS = /(^| )(pins?|pass|auth|(user|employee|access|door)pin)( |$)/;
const HARMLESS = /^has(photo|card|pin|password|template)s?$/;

const known = new Map<string, boolean>();
const MAX_KNOWN = 1_000;

/** Whether a member of this name may hold a secret, in whatever way the name is spelled. */
export const isSecretName = (name: string): boolean => {
  const cached = known.get(name);
  if (cached !== undefined) return cached;
  const words = name.replaceAll(/([a-z])([A-Z])/g, "$1 $2").toLowerCase();
  const letters = words.replaceAll(/[^a-z]/g, "");
  const separated = words.replaceAll(/[^a-z]+/g, " ");
  const isSecret =
    !HARMLESS.test(letters) &&
    (SECRET_PARTS.test(letters) || SECRET_WORDS.test(separated) || SECRET_WORDS.test(letters));
  if (known.size < MAX_KNOWN && name.length < 100) known.set(name, isSecret);
  return isSecret;
};
