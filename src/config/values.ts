import { isIP } from "node:net";

/**
 * A parsed value, or what the value must be and what was received instead. `expected` completes "X must be", `received`
 * completes "received"; neither repeats a value that may be a secret.
 */
export type ParseResult<Value> =
  | {
      readonly value: Value;
      /** The secret strings of the value. @default every string in it */
      readonly secrets?: readonly string[];
    }
  | { readonly expected: string; readonly received: string };

const quoted = (raw: string): string => JSON.stringify(raw.length > 40 ? `${raw.slice(0, 40)}...` : raw);

const characters = (raw: string): string => `${raw.length} characters`;

const listOf = (raw: string): readonly string[] => raw.split(",").map((part) => part.trim());

/** Parses a TCP port; 0 stands for any free port. */
export const parsePort = (raw: string): ParseResult<number> => {
  const port = /^\d{1,5}$/.test(raw) ? Number(raw) : Number.NaN;
  if (port <= 65_535) return { value: port };
  return { expected: "an integer from 0 to 65535", received: quoted(raw) };
};

/** Returns a parser of integers from `min` to `max`. */
export const parseCount =
  (max: number, min = 1) =>
  (raw: string): ParseResult<number> => {
    const count = /^\d{1,10}$/.test(raw) ? Number(raw) : -1;
    if (count >= min && count <= max) return { value: count };
    return { expected: `an integer from ${min} to ${max}`, received: quoted(raw) };
  };

/** Parses a size in megabytes; 0 turns off what it is the size of. */
export const parseMegabytes =
  (max: number) =>
  (raw: string): ParseResult<number> => {
    const size = /^\d{1,6}$/.test(raw) ? Number(raw) : max + 1;
    if (size <= max) return { value: size };
    return { expected: `an integer from 0 to ${max}`, received: quoted(raw) };
  };

/** Parses a share from 0 to 1. */
export const parseShare = (raw: string): ParseResult<number> => {
  const share = /^(0|1|0?\.\d{1,9}|1\.0+)$/.test(raw) ? Number(raw) : Number.NaN;
  return share <= 1 ? { value: share } : { expected: "a number from 0 to 1", received: quoted(raw) };
};

/** Parses an address or name to listen on. */
export const parseHost = (raw: string): ParseResult<string> => {
  if (isIP(raw) !== 0 || /^[A-Za-z0-9]([A-Za-z0-9.-]{0,252})$/.test(raw)) return { value: raw };
  return { expected: "an IP address or a host name, without scheme and port", received: quoted(raw) };
};

const isLoopback = (hostname: string): boolean =>
  hostname === "localhost" ||
  hostname.endsWith(".localhost") ||
  hostname === "[::1]" ||
  /^127(\.\d+){3}$/.test(hostname);

/** Returns whether only this machine can reach a server that listens on the host. */
export const isLoopbackHost = (host: string): boolean =>
  isLoopback(isIP(host) === 6 ? `[${host.toLowerCase()}]` : host.toLowerCase());

const ONLY_LOOPBACK = "; http is accepted for this machine only";

/** Returns what makes a URL unacceptable, or null. The URL itself is not repeated: people paste tokens into URLs. */
const urlFault = (raw: string, plainHttp: "anywhere" | "loopback"): string | null => {
  const url = URL.canParse(raw) ? new URL(raw) : null;
  if (url === null) return "a value that is not a URL";
  if (url.protocol !== "http:" && url.protocol !== "https:") return quoted(url.protocol);
  if (url.username !== "" || url.password !== "") return "a URL with a user name or a password";
  const isPlain = url.protocol === "http:" && !isLoopback(url.hostname);
  return isPlain && plainHttp === "loopback" ? "http to another machine" : null;
};

/** Parses an absolute URL and removes the slashes at its end. */
export const parseUrl = (raw: string, plainHttp: "anywhere" | "loopback"): ParseResult<string> => {
  const schemes = plainHttp === "anywhere" ? "http or https" : "https";
  const fault =
    urlFault(raw, plainHttp) ??
    (raw.includes("?") ? "a URL with a query" : raw.includes("#") ? "a URL with a fragment" : null);
  if (fault === null) return { value: new URL(raw).href.replace(/\/+$/, "") };
  const expected = `an absolute ${schemes} URL without user name, query and fragment`;
  return { expected: plainHttp === "anywhere" ? expected : expected + ONLY_LOOPBACK, received: fault };
};

/** Parses the URL of a set of public keys and keeps its query. */
export const parseKeySetUrl = (raw: string): ParseResult<string> => {
  const fault = urlFault(raw, "loopback");
  if (fault === null) return { value: new URL(raw).href };
  return { expected: `an absolute https URL without user name${ONLY_LOOPBACK}`, received: fault };
};

/** Schemes of apps and extensions have origins that no URL parser knows; those whose pages have none, or no page, are left out. */
const APP_ORIGIN = /^(?!(?:https?|wss?|ftp|file|data|blob|about|javascript):)[a-z][a-z\d+.-]*:\/\/[^\s/?#\\@A-Z]+$/;

/** The origin as browsers send it; null if there is none. A star would match nothing. */
const originFrom = (text: string): string | null => {
  if (text.includes("*")) return null;
  if (/^https?:\/\//i.test(text)) return URL.parse(text)?.origin ?? null;
  return APP_ORIGIN.test(text) ? text : null;
};

/** Parses a comma-separated list of origins, written as browsers send them. */
export const parseOrigins = (raw: string): ParseResult<readonly string[]> => {
  const origins = listOf(raw);
  const invalid = origins.find((origin) => originFrom(origin) !== origin);
  if (invalid === undefined) return { value: origins };
  const example = originFrom(invalid) ?? "https://hr.example.com";
  const expected = `a comma-separated list of exact origins such as ${example}, never *`;
  return { expected, received: quoted(invalid) };
};

/** Parses a comma-separated list of URLs, each as `parseUrl` does. */
export const parseUrls = (raw: string): ParseResult<readonly string[]> => {
  const urls: string[] = [];
  for (const [index, part] of listOf(raw).entries()) {
    const url = parseUrl(part, "anywhere");
    if (!("value" in url)) return { ...url, received: `${url.received} at position ${index + 1}` };
    urls.push(url.value);
  }
  return { value: urls };
};

const TOKEN = /^[A-Za-z0-9]{32}$/;

/** Parses a token of the gateway. */
export const parseToken = (raw: string): ParseResult<string> =>
  TOKEN.test(raw) ? { value: raw } : { expected: "32 letters and digits", received: characters(raw) };

/** Parses `SERIAL=TOKEN` pairs into tokens by serial number. */
export const parseDeviceTokens = (raw: string): ParseResult<ReadonlyMap<string, string>> => {
  const tokens = new Map<string, string>();
  for (const [index, pair] of listOf(raw).entries()) {
    const [serial = "", token = "", ...more] = pair.split("=");
    const good = /^[A-Za-z0-9-]{6,32}$/.test(serial) && TOKEN.test(token) && more.length === 0 && !tokens.has(serial);
    if (!good) {
      const expected =
        "comma-separated SERIAL=TOKEN pairs with distinct serial numbers and tokens of 32 letters and digits";
      return { expected, received: `an invalid pair at position ${index + 1}` };
    }
    tokens.set(serial, token);
  }
  return { value: tokens };
};

/** Parses a secret of at least 32 bytes. */
export const parseSecret = (raw: string): ParseResult<string> => {
  const bytes = Buffer.byteLength(raw.trim() === "" ? "" : raw);
  return bytes >= 32 ? { value: raw } : { expected: "at least 32 bytes long", received: `${bytes} bytes` };
};

/** Parses a comma-separated list of secrets. */
export const parseSecrets = (raw: string): ParseResult<readonly string[]> => {
  const secrets = listOf(raw);
  const expected = "a comma-separated list of distinct secrets of at least 32 bytes";
  const short = secrets.findIndex((secret) => !("value" in parseSecret(secret)));
  if (short >= 0) {
    return { expected, received: `${Buffer.byteLength(secrets[short] ?? "")} bytes at position ${short + 1}` };
  }
  if (new Set(secrets).size < secrets.length) return { expected, received: "the same secret twice" };
  return { value: secrets };
};

/** Parses a secret that is part of a path. */
export const parsePathSecret = (raw: string): ParseResult<string> =>
  /^[A-Za-z0-9_-]{32,128}$/.test(raw)
    ? { value: raw }
    : { expected: "32 to 128 letters, digits, hyphens and underscores", received: characters(raw) };

/** Returns a parser of printable ASCII keys with a length from `min` to `max`. */
export const parseKey =
  (min: number, max: number) =>
  (raw: string): ParseResult<string> => {
    const isKey = /^[\x20-\x7e]*$/.test(raw) && raw.length >= min && raw.length <= max;
    if (isKey) return { value: raw };
    const expected = `${min === max ? min : `${min} to ${max}`} printable ASCII characters`;
    return { expected, received: characters(raw) };
  };

/** Parses a comma-separated list of addresses and networks. */
export const parseNetworks = (raw: string): ParseResult<readonly string[]> => {
  const networks = listOf(raw);
  const invalid = networks.find((network) => !isNetwork(network));
  if (invalid === undefined) return { value: networks };
  const expected = "a comma-separated list of addresses and networks such as 203.0.113.7 and 2001:db8::/32";
  return { expected, received: quoted(invalid) };
};

const isNetwork = (network: string): boolean => {
  const [address = "", prefix, ...more] = network.split("/");
  const version = isIP(address);
  if (version === 0 || more.length > 0) return false;
  return prefix === undefined || (/^\d{1,3}$/.test(prefix) && Number(prefix) <= (version === 4 ? 32 : 128));
};

/** Parses the prefix of the names of GraphQL types. */
export const parseTypePrefix = (raw: string): ParseResult<string> => {
  if (/^[A-Z][A-Za-z0-9_]{0,31}$/.test(raw) && !raw.includes("__")) return { value: raw };
  const expected = "a capital letter followed by at most 31 letters, digits and single underscores";
  return { expected, received: quoted(raw) };
};

/** Parses the name of a subgraph. */
export const parseSubgraphName = (raw: string): ParseResult<string> =>
  /^[A-Za-z][\w-]{0,63}$/.test(raw)
    ? { value: raw }
    : { expected: "a letter followed by at most 63 letters, digits, _ and -", received: quoted(raw) };

/** Returns a parser that accepts one of the choices. */
export const parseChoice =
  <const Choice extends string>(choices: readonly Choice[]) =>
  (raw: string): ParseResult<Choice> => {
    const choice = choices.find((each) => each === raw);
    if (choice !== undefined) return { value: choice };
    return {
      expected: choices.length === 1 ? quoted(choices.join()) : `one of ${choices.join(", ")}`,
      received: quoted(raw),
    };
  };

/** Returns a parser that accepts a comma-separated list of choices. */
export const parseChoices =
  <const Choice extends string>(choices: readonly Choice[]) =>
  (raw: string): ParseResult<readonly Choice[]> => {
    const parts = listOf(raw);
    const invalid = parts.find((part) => !choices.some((choice) => choice === part));
    if (invalid === undefined) return { value: choices.filter((choice) => parts.includes(choice)) };
    return { expected: `a comma-separated list of ${choices.join(", ")}`, received: quoted(invalid) };
  };

/** Accepts any text. */
export const parseText = (raw: string): ParseResult<string> => ({ value: raw });

/** Parses the name of a token's claim. */
export const parseClaim = (raw: string): ParseResult<string> =>
  /^\S{1,200}$/.test(raw) ? { value: raw } : { expected: "a claim name without whitespace", received: quoted(raw) };
