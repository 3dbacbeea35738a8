import { isMembers } from "./members.ts";

const SECRET = /token|secret|passw|securitykey|template|biometric|photo|image|^pin$|^data$/i;
const NOT_SECRET = /^hasphoto$/i;

const MAX_DEPTH = 8;
const MAX_NODES = 2_000;
const MAX_TEXT = 1_000;
/** Longer runs of letters and digits without a blank are templates or photos under another name. */
const MAX_RUN = 128;

const REDACTED = "[redacted]";

const isSecretName = (name: string): boolean => SECRET.test(name) && !NOT_SECRET.test(name);

const RUN = new RegExp(String.raw`[A-Za-z0-9+/_=-]{${MAX_RUN + 1},}`, "g");

const withoutRuns = (text: string): string => text.replaceAll(RUN, (run) => `[${run.length} characters]`);

const shortened = (text: string): string => {
  const short = withoutRuns(text);
  return short.length > MAX_TEXT ? `${short.slice(0, MAX_TEXT)}...` : short;
};

/** Copies a value without tokens, templates, photos and passwords at any depth; the size of the copy is bounded. */
export const withoutSecrets = (value: unknown): unknown => {
  let nodes = 0;
  const copy = (of: unknown, depth: number): unknown => {
    nodes += 1;
    if (typeof of === "string") return shortened(of);
    if (typeof of !== "object" || of === null) return of;
    if (depth >= MAX_DEPTH || nodes > MAX_NODES) return "[more]";
    if (!isMembers(of)) return (of as readonly unknown[]).slice(0, MAX_NODES).map((each) => copy(each, depth + 1));
    const entries = Object.entries(of).filter(([name]) => name !== "__proto__");
    return Object.fromEntries(
      entries
        .slice(0, MAX_NODES)
        .map(([name, member]) => [shortened(name), isSecretName(name) ? REDACTED : copy(member, depth + 1)]),
    );
  };
  return copy(value, 0);
};

const MAX_KEPT_BYTES = 4 * 1024;

/** Cuts text to 4 KiB of UTF-8. */
const cut = (text: string): string =>
  Buffer.from(text)
    .subarray(0, MAX_KEPT_BYTES)
    .toString("utf8")
    .replace(/\uFFFD+$/, "");

const SECRET_NAME = String.raw`"?\w*(?:token|secret|passw|securitykey|template|photo|image)\w*"?|"?\b(?:pin|data)\b"?`;
const SECRET_MEMBER = new RegExp(String.raw`(${SECRET_NAME})(\s*[:=]\s*)("(?:[^"\\]|\\.)*"?|[^,&}\]\s]*)`, "gi");

/** The part to keep of a body that is JSON or a form. */
export const keptValue = (value: unknown): string => cut(JSON.stringify(withoutSecrets(value)) ?? "");

/** The part to keep of a body that is neither JSON nor a form. */
export const keptText = (text: string): string =>
  cut(withoutRuns(text.slice(0, 4 * MAX_KEPT_BYTES)).replaceAll(SECRET_MEMBER, `$1$2${REDACTED}`));
