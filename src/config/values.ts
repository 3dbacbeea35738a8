import { isIP } from "node:net";

/** A value, or what was wrong with it. `came` is null where the value must not be repeated. */
export type ParseResult<Value> = { readonly value: Value } | { readonly came: string | null; readonly wanted: string };

const quoted = (raw: string): string => JSON.stringify(raw.length > 40 ? `${raw.slice(0, 40)}...` : raw);

export const parsePort = (raw: string): ParseResult<number> => {
  const port = /^\d{1,5}$/.test(raw) ? Number(raw) : Number.NaN;
  if (port <= 65_535) return { value: port };
  return { came: quoted(raw), wanted: "a whole number from 0 to 65535, 0 for any free port" };
};

export const parseCount =
  (most: number) =>
  (raw: string): ParseResult<number> => {
    const count = /^\d{1,10}$/.test(raw) ? Number(raw) : 0;
    if (count >= 1 && count <= most) return { value: count };
    return { came: quoted(raw), wanted: `a whole number from 1 to ${most}` };
  };

export const parseHost = (raw: string): ParseResult<string> => {
  if (isIP(raw) !== 0 || /^[A-Za-z0-9]([A-Za-z0-9.-]{0,252})$/.test(raw)) return { value: raw };
  return { came: quoted(raw), wanted: "an IP address or a host name, without scheme and port" };
};

const isLoopback = (hostname: string): boolean =>
  hostname === "localhost" ||
  hostname.endsWith(".localhost") ||
  hostname === "[::1]" ||
  /^127(\.\d+){3}$/.test(hostname);

/** Whether only this machine reaches a server that listens there. */
export const isLoopbackHost = (host: string): boolean =>
  isLoopback(isIP(host) === 6 ? `[${host.toLowerCase()}]` : host.toLowerCase());

/** The URL is not repeated in a fault: people paste tokens into URLs. */
export const parseUrl = (raw: string, plainHttp: "anywhere" | "loopback"): ParseResult<string> => {
  const wanted = `an absolute ${plainHttp === "anywhere" ? "http or https" : "https"} URL without user name, query and fragment${
    plainHttp === "anywhere" ? "" : "; http only to this machine"
  }`;
  const url = URL.canParse(raw) ? new URL(raw) : null;
  if (url === null) return { came: "something that is no URL", wanted };
  if (url.protocol !== "http:" && url.protocol !== "https:") return { came: quoted(url.protocol), wanted };
  if (url.username !== "" || url.password !== "") return { came: "a URL with a user name or password in it", wanted };
  if (raw.includes("?")) return { came: "a URL with a query", wanted };
  if (raw.includes("#")) return { came: "a URL with a fragment", wanted };
  if (plainHttp === "loopback" && url.protocol === "http:" && !isLoopback(url.hostname)) {
    return { came: "plain http to another machine", wanted };
  }
  return { value: url.href.replace(/\/+$/, "") };
};

/** Where a set of public keys is. It is kept as it came, with its query. */
export const parseKeySetUrl = (raw: string): ParseResult<string> => {
  const url = URL.canParse(raw) ? new URL(raw) : null;
  const isSafe = url?.protocol === "https:" || (url?.protocol === "http:" && isLoopback(url.hostname));
  if (url !== null && isSafe && url.username === "" && url.password === "") return { value: url.href };
  return { came: null, wanted: "an absolute https URL without user name; http only to this machine" };
};

const isOrigin = (text: string): boolean =>
  /^https?:\/\//.test(text) && URL.canParse(text) && new URL(text).origin === text;

/** Origins as browsers write them, parted by commas. */
export const parseOrigins = (raw: string): ParseResult<readonly string[]> => {
  const origins = raw.split(",").map((origin) => origin.trim());
  const stranger = origins.find((origin) => !isOrigin(origin));
  if (stranger === undefined) return { value: origins };
  return { came: quoted(stranger), wanted: "exact origins such as https://hr.example.com, parted by commas; never *" };
};

/** URLs, parted by commas, each as by parseUrl. */
export const parseUrls = (raw: string): ParseResult<readonly string[]> => {
  const urls: string[] = [];
  for (const [index, part] of raw.split(",").entries()) {
    const url = parseUrl(part.trim(), "anywhere");
    if (!("value" in url)) return { ...url, came: `${url.came ?? "something else"} in place ${index + 1}` };
    urls.push(url.value);
  }
  return { value: urls };
};

const TOKEN = /^[A-Za-z0-9]{32}$/;

export const parseToken = (raw: string): ParseResult<string> =>
  TOKEN.test(raw) ? { value: raw } : { came: null, wanted: "32 letters and digits" };

export const parseDeviceTokens = (raw: string): ParseResult<ReadonlyMap<string, string>> => {
  const tokens = new Map<string, string>();
  const wanted = "SERIAL=TOKEN pairs, each serial number once, parted by commas; a token is 32 letters and digits";
  for (const [index, pair] of raw.split(",").entries()) {
    const [serial = "", token = "", ...more] = pair.trim().split("=");
    const good = /^[A-Za-z0-9-]{6,32}$/.test(serial) && TOKEN.test(token) && more.length === 0 && !tokens.has(serial);
    if (!good) return { came: `a fault in pair ${index + 1}`, wanted };
    tokens.set(serial, token);
  }
  return { value: tokens };
};

export const parseSecret = (raw: string): ParseResult<string> => {
  const bytes = Buffer.byteLength(raw);
  return bytes >= 32 ? { value: raw } : { came: `${bytes} bytes`, wanted: "at least 32 bytes" };
};

/** Secrets, parted by commas. */
export const parseSecrets = (raw: string): ParseResult<readonly string[]> => {
  const secrets = raw.split(",").map((secret) => secret.trim());
  const wanted = "secrets of at least 32 bytes, each once, parted by commas";
  const short = secrets.findIndex((secret) => !("value" in parseSecret(secret)));
  if (short >= 0) return { came: `${Buffer.byteLength(secrets[short] ?? "")} bytes in place ${short + 1}`, wanted };
  if (new Set(secrets).size < secrets.length) return { came: "a secret twice", wanted };
  return { value: secrets };
};

/** A secret that stands in a path. */
export const parsePathSecret = (raw: string): ParseResult<string> =>
  /^[A-Za-z0-9_-]{32,128}$/.test(raw) ? { value: raw } : { came: null, wanted: "32 to 128 letters, digits, - and _" };

/** Printable ASCII of such a length. */
export const parseKey =
  (shortest: number, longest: number) =>
  (raw: string): ParseResult<string> => {
    const wanted = `${shortest === longest ? shortest : `${shortest} to ${longest}`} printable ASCII characters`;
    const isKey = /^[\x20-\x7e]*$/.test(raw) && raw.length >= shortest && raw.length <= longest;
    return isKey ? { value: raw } : { came: null, wanted };
  };

/** Addresses and networks, parted by commas. */
export const parseNetworks = (raw: string): ParseResult<readonly string[]> => {
  const networks = raw.split(",").map((network) => network.trim());
  const stranger = networks.find((network) => !isNetwork(network));
  if (stranger === undefined) return { value: networks };
  return { came: quoted(stranger), wanted: "addresses and networks such as 203.0.113.7, 2001:db8::/32" };
};

const isNetwork = (network: string): boolean => {
  const [address = "", prefix, ...more] = network.split("/");
  const version = isIP(address);
  if (version === 0 || more.length > 0) return false;
  return prefix === undefined || (/^\d{1,3}$/.test(prefix) && Number(prefix) <= (version === 4 ? 32 : 128));
};

/** The beginning of a type's name in GraphQL. */
export const parseTypePrefix = (raw: string): ParseResult<string> =>
  /^[A-Z][A-Za-z0-9_]{0,31}$/.test(raw) && !raw.includes("__")
    ? { value: raw }
    : { came: quoted(raw), wanted: "a capital letter and up to 31 more letters, digits and single _" };

export const parseWord =
  <const Word extends string>(words: readonly Word[]) =>
  (raw: string): ParseResult<Word> => {
    const word = words.find((each) => each === raw);
    return word === undefined ? { came: quoted(raw), wanted: `one of ${words.join(", ")}` } : { value: word };
  };

/** Some of the words, parted by commas. */
export const parseWords =
  <const Word extends string>(words: readonly Word[]) =>
  (raw: string): ParseResult<readonly Word[]> => {
    const given = raw.split(",").map((word) => word.trim());
    const stranger = given.find((each) => !words.some((word) => word === each));
    if (stranger === undefined) return { value: words.filter((word) => given.includes(word)) };
    return { came: quoted(stranger), wanted: `some of ${words.join(", ")}, parted by commas` };
  };

export const parseText = (raw: string): ParseResult<string> => ({ value: raw });

export const parseClaim = (raw: string): ParseResult<string> =>
  /^\S{1,200}$/.test(raw) ? { value: raw } : { came: quoted(raw), wanted: "the name of a claim, without blanks" };
