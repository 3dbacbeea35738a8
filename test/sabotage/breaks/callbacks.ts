import type { Break } from "../break.ts";

const INGRESS = "src/events/ingress/ingress.ts";
const APPEND = "const counts = await append(log, events, texts, span);";
const BODIES = ["test/events/ingress/ingress.test.ts", "test/events/ingress/ingress-bodies.test.ts"];
const STORED = [...BODIES, "test/stories/log.test.ts"];
const CALLBACKS = ["test/server/routes/callbacks.test.ts"];

/** Promises about what the gateway delivers. */
export const CALLBACK_BREAKS: readonly Break[] = [
  {
    title: "a callback is acknowledged before its events are stored",
    file: INGRESS,
    from: APPEND,
    to: "const counts = { added: events.length, duplicates: 0 };\n      append(log, events, texts, span).catch(() => {});",
    tests: BODIES,
  },
  {
    title: "a callback is acknowledged although the log cannot be reached",
    file: INGRESS,
    from: 'return { kind: "retry", retryAfterSeconds: RETRY_AFTER_SECONDS };',
    to: 'return { kind: "acknowledged", added: 0, duplicates: 0, quarantined: [] };',
    tests: BODIES,
  },
  {
    title: "of a callback with several rows only the first is stored",
    file: INGRESS,
    from: APPEND,
    to: "const counts = await append(log, events.slice(0, 1), texts, span);",
    tests: STORED,
  },
  {
    title: "every 500th event of a body is dropped",
    file: INGRESS,
    from: APPEND,
    to: "const counts = await append(log, events.filter((_event, index) => index % 500 !== 499), texts, span);",
    tests: STORED,
  },
  {
    title: "enrollment.update is acknowledged and never stored",
    file: INGRESS,
    from: APPEND,
    to: 'const counts = await append(log, events.filter(({ body }) => body.kind !== "enrollment.update"), texts, span);',
    tests: STORED,
  },
  {
    title: "device.status is acknowledged and never stored",
    file: INGRESS,
    from: APPEND,
    to: 'const counts = await append(log, events.filter(({ body }) => body.kind !== "device.status"), texts, span);',
    tests: STORED,
  },
  {
    title: "a row that cannot be decoded is dropped",
    file: INGRESS,
    from: "await log.quarantine({ receivedAt, reason, body, ...devices });",
    to: "",
    tests: BODIES,
  },
  {
    title: "a secret that the gateway echoes is stored",
    file: INGRESS,
    from: "const clean = scrub(text);",
    to: "const clean = text;",
    tests: [...BODIES, "test/stories/echoes.test.ts"],
  },
  {
    title: "a wrong signature is accepted",
    file: "src/events/ingress/open-body.ts",
    from: "if (signed === false) return refused(UNKNOWN_SENDER);",
    to: "",
    tests: BODIES,
  },
  {
    title: "a device sends events of another device",
    file: INGRESS,
    from: "if (!maySend(sender, result)) return null;",
    to: "",
    tests: BODIES,
  },
  {
    title: "any secret in the path of a callback is accepted",
    file: "src/server/routes/callbacks.ts",
    from: "timingSafeEqual(secret, received)) found ??= ingress;",
    to: "timingSafeEqual(secret, received) || true) found ??= ingress;",
    tests: CALLBACKS,
  },
  {
    title: "a callback is accepted from any address",
    file: "src/server/routes/callbacks.ts",
    from: "    if (!isAllowed(request)) {",
    to: "    if (!isAllowed(request) && false) {",
    tests: CALLBACKS,
  },
  {
    title: "callbacks are accepted however long they wait",
    file: "src/server/routes/callback-age.ts",
    from: "return oldest !== undefined && performance.now() - oldest.at > maxMs;",
    to: "return oldest !== undefined && performance.now() - oldest.at > 1_000 * maxMs;",
    tests: CALLBACKS,
  },
];
