import { tryParseJson } from "./json.ts";
import type { Scrub } from "./redact.ts";
import { isSecretName } from "./secret-names.ts";

type Members = Readonly<Record<string, unknown>>;

/** In bodies of the gateway, `Data` holds a template, a picture or a PIN. */
const isSecretMember = (name: string): boolean => isSecretName(name) || /^data$/i.test(name);

const MAX_DEPTH = 8;
const MAX_NODES = 2_000;
const MAX_TEXT = 1_000;
/** Longer runs of letters and digits without a blank are templates or pictures under another name. */
const MAX_RUN = 128;
/** Longer lists of numbers are the bytes of one. */
const MAX_NUMBERS = 64;

const REDACTED = "[redacted]";

/** One long run, or lines of Base64. */
const RUN = new RegExp(
  String.raw`[A-Za-z0-9+/_=-]{${MAX_RUN + 1},}(?:\s+[A-Za-z0-9+/_=-]{48,})*|(?:[A-Za-z0-9+/_=-]{48,}(?:\s|\\[rn])+)+[A-Za-z0-9+/_=-]+`,
  "g",
);

const NUMBERS = new RegExp(String.raw`(?:\d{1,3}\s*,\s*){${MAX_NUMBERS},}\d{1,3}`, "g");

const withoutRuns = (text: string): string =>
  text
    .replaceAll(RUN, (run) => `[${run.length} characters]`)
    .replaceAll(NUMBERS, (list) => `${list.split(",").length} numbers`);

const LEFT_OUT = /\[\d+ characters\]|\d+ numbers|\[more\]/;

/** Whether a kept text has a mark where a text was left out that is no secret by its name. */
export const lacksText = (text: string): boolean => LEFT_OUT.test(text);

const NAME = String.raw`"([^"\\]{1,64})"|(?<![\p{L}\p{N}_])([\p{L}_][\p{L}\p{N}_.-]{0,63})`;
const VALUE = String.raw`\[?(?:\\*"(?:[^"\\]|\\.)*"?|'[^']*'?|[^\s,;&}\]<"']+)`;
/** A name and its value in text, be it JSON, also escaped or cut off, a form, XML or a sentence. */
const MEMBER = new RegExp(String.raw`(?:${NAME})(\\*["']?\s*[:=>]\s*)${VALUE}`, "gu");
const ELEMENT = /<([\w:.-]{1,64})(?=[\s>])[^<>]{0,200}>[^<]*/g;

const withoutMembers = (text: string): string =>
  text
    .replaceAll(MEMBER, (all: string, quoted: string | undefined, plain: string | undefined, separator: string) => {
      const name = quoted ?? plain ?? "";
      return isSecretMember(name) ? `${quoted === undefined ? name : `"${name}"`}${separator}${REDACTED}` : all;
    })
    .replaceAll(ELEMENT, (all: string, name: string) => (isSecretMember(name) ? `<${name}>${REDACTED}` : all));

/** Text is examined up to this length; the rest is cut off. */
const MAX_EXAMINED = 16 * 1024;

const shortened = (text: string): string => {
  const runless = withoutRuns(text.slice(0, MAX_EXAMINED));
  const short = /[:=>]/.test(runless) ? withoutMembers(runless) : runless;
  return text.length > MAX_EXAMINED || short.length > MAX_TEXT ? `${short.slice(0, MAX_TEXT)}...` : short;
};

/** The object, list or text whose JSON a text is; undefined for any other text. */
const jsonIn = (text: string): unknown =>
  text.length > MAX_EXAMINED || !/^\s*[{["]/.test(text) ? undefined : tryParseJson(text);

const isObject = (value: object): value is Members => !Array.isArray(value);

/** In `{ "Type": "Card", "Number": "0012345678" }` one member names what another one holds. */
const HOLDERS = /^(value|val|number|num|no|text|content|code|id)$/i;
const namesSecret = (members: Members): boolean =>
  Object.values(members).some((value) => typeof value === "string" && value.length < 32 && isSecretName(value));

/**
 * Copies a value without tokens, templates, pictures, cards and passwords at any depth; the size of the copy is bounded. Its texts are
 * scrubbed before they are cut.
 */
export const withoutSecrets = (value: unknown, scrub: Scrub = (text) => text): unknown => {
  let nodes = 0;
  const copy = (of: unknown, depth: number): unknown => {
    nodes += 1;
    if (typeof of === "string") {
      const json = depth < MAX_DEPTH ? jsonIn(of) : undefined;
      return shortened(scrub(json === undefined ? of : JSON.stringify(copy(json, depth + 1))));
    }
    if (typeof of !== "object" || of === null) return of;
    if (depth >= MAX_DEPTH || nodes > MAX_NODES) return "[more]";
    if (!isObject(of)) {
      const items = of as readonly unknown[];
      if (items.length > MAX_NUMBERS && items.every((item) => typeof item === "number"))
        return `[${items.length} numbers]`;
      return items.slice(0, MAX_NODES).map((each) => copy(each, depth + 1));
    }
    const isHolder = namesSecret(of) ? (name: string) => HOLDERS.test(name) : () => false;
    const entries = Object.entries(of).filter(([name]) => name !== "__proto__");
    return Object.fromEntries(
      entries
        .slice(0, MAX_NODES)
        .map(([name, member]) => [
          shortened(scrub(name)),
          isSecretMember(name) || isHolder(name) ? REDACTED : copy(member, depth + 1),
        ]),
    );
  };
  return copy(value, 0);
};

const MAX_KEPT_BYTES = 4 * 1024;

const CUT = "...";

/** Cuts text to 4 KiB of UTF-8. */
const cut = (text: string): string => {
  const bytes = Buffer.from(text);
  if (bytes.length <= MAX_KEPT_BYTES) return text;
  const kept = bytes.subarray(0, MAX_KEPT_BYTES - CUT.length).toString("utf8");
  return kept.replace(/\uFFFD+$/, "") + CUT;
};

/** Whether the end of a kept text was cut off. */
export const isCut = (text: string): boolean => text.endsWith(CUT);

/** The part to keep of a value for people to examine, as JSON. */
export const keptValue = (value: unknown, scrub: Scrub): string =>
  cut(scrub(JSON.stringify(withoutSecrets(value, scrub)) ?? ""));

/** The part to keep of text that is neither JSON nor a form. */
export const keptText = (text: string, scrub: Scrub): string => {
  const clean = scrub(text);
  const kept = cut(withoutMembers(withoutRuns(clean.slice(0, MAX_EXAMINED))));
  return clean.length > MAX_EXAMINED && !isCut(kept) ? kept + CUT : kept;
};
