import type { Break } from "../break.ts";

const COMMANDS = ["test/commands/commands.test.ts"];
const ONCE = ["test/stories/examples.test.ts"];
const IDEMPOTENCY = ["test/commands/idempotency.test.ts", "test/commands/idempotency-offline.test.ts"];
const LINES = ["test/gateway/normal-path.test.ts", "test/gateway/resilience.test.ts"];
const CLIENT = ["test/client/command.test.ts", "test/client/react.test.ts"];
const CALL =
  "const answering: Promise<CommandEnvelope> = call(operation, { ...input, OperationID: subject.operationId });";

/** Promises of docs/commands.md. */
export const COMMAND_BREAKS: readonly Break[] = [
  {
    title: "OpenDoor is sent twice",
    file: "src/commands/submit.ts",
    from: CALL,
    to: `if (operation === "OpenDoor") await call(operation, { ...input, OperationID: subject.operationId });\n    ${CALL}`,
    tests: ONCE,
  },
  {
    title: "every command but OpenDoor is sent twice",
    file: "src/commands/submit.ts",
    from: CALL,
    to: `if (operation !== "OpenDoor") await call(operation, { ...input, OperationID: subject.operationId });\n    ${CALL}`,
    tests: ONCE,
  },
  {
    title: "a command that was answered with another status of success is sent again",
    file: "src/gateway/answer.ts",
    from: "ambiguous: !isRefused && mayHaveEffect(operation),",
    to: "ambiguous: http >= 500 && mayHaveEffect(operation),",
    tests: ["test/commands/odd-answers.test.ts"],
  },
  {
    title: "a device without a result in the answer has no command",
    file: "src/commands/submit.ts",
    from: "targets.map((serial) => named(serial) ?? unknownCommand(serial, subject))",
    to: "targets.flatMap((serial) => named(serial) ?? [])",
    tests: ["test/commands/odd-answers.test.ts"],
  },
  {
    title: "commands are returned by position and not by device",
    file: "src/commands/submit.ts",
    from: "return targets.map((serial) => named(serial) ?? unknownCommand(serial, subject));",
    to: "return commands.toReversed();",
    tests: COMMANDS,
  },
  {
    title: "the gateway is not asked about a command whose answer was lost",
    file: "src/commands/submit.ts",
    from: 'return typeof known === "object" ? known : unknownBatch(request, error);',
    to: "return unknownBatch(request, error);",
    tests: ["test/stories/upstream.test.ts"],
  },
  {
    title: "a repeated key sends the command again",
    file: "src/commands/idempotency.ts",
    from: "if (existing === null) return executeAndStore(traced, key, claim, execution);",
    to: "if (existing !== undefined) return executeAndStore(traced, key, claim, execution);",
    tests: IDEMPOTENCY,
  },
  {
    title: "a key may be used with another input",
    file: "src/commands/idempotency.ts",
    from: "if (existing.input !== input) throw new IdempotencyKeyReusedError();",
    to: "",
    tests: [...COMMANDS, ...IDEMPOTENCY],
  },
  {
    title: "a key is free again although its command may have been sent",
    file: "src/commands/idempotency.ts",
    from: "if (hasNoEffect(error)) await store.release(key, record);",
    to: "await store.release(key, record);",
    tests: IDEMPOTENCY,
  },
  {
    title: "a refused command keeps its key",
    file: "src/commands/idempotency.ts",
    from: "if (hasNoEffect(error)) await store.release(key, record);",
    to: "",
    tests: IDEMPOTENCY,
  },
  {
    title: "each of many who repeat a command after a crash sends it again",
    file: "src/commands/idempotency.ts",
    from: "if (!(await store.replace(key, latest, taken))) return runIdempotent(idempotency, request, execution);",
    to: "await store.replace(key, latest, taken);",
    tests: ["test/commands/at-most-once.test.ts", "test/commands/odd-answers.test.ts"],
  },
  {
    title: "a command is sent again although the gateway did not say whether it knows it",
    file: "src/commands/idempotency.ts",
    from: 'if (known === "nothing" && isDead(latest, request, now()) && request.repeatable) {',
    to: "if (isDead(latest, request, now()) && request.repeatable) {",
    tests: ["test/commands/at-most-once.test.ts", "test/commands/odd-answers.test.ts"],
  },
  {
    title: "a claim that got no answer is not withdrawn",
    file: "src/commands/idempotency.ts",
    from: "void store.release(key, claim);",
    to: "",
    tests: IDEMPOTENCY,
  },
  {
    title: "a withdrawn claim is written when it arrives late",
    file: "src/commands/redis-idempotency-store.ts",
    from: "if redis.call('EXISTS', KEYS[2]) == 1 then return redis.error_reply('ERR this claim was withdrawn') end",
    to: "",
    tests: IDEMPOTENCY,
  },
  {
    title: "the outcome of a command is not stored",
    file: "src/commands/idempotency.ts",
    from: "await store.complete(key, { ...record, outcome }).catch(() => {});",
    to: "",
    tests: [...COMMANDS, ...IDEMPOTENCY],
  },
  {
    title: "the tracker asks once and never again",
    file: "src/commands/tracker.ts",
    from: "item.timer = setTimeout(() => pollNow(id, item), item.pauseMs * (0.5 + random() / 2));",
    to: "",
    tests: ["test/commands/command-feed.test.ts", "test/commands/wait.test.ts"],
  },
  {
    title: "the answer to one who has left ends the watch of one who has come",
    file: "src/commands/tracker.ts",
    from: "if (watched.get(id) === item) watched.delete(id);",
    to: "watched.delete(id);",
    tests: ["test/simulation/tracker.test.ts"],
  },
  {
    title: "the tracker asks once for each watcher",
    file: "src/commands/tracker.ts",
    from: "if (item.polling) return;",
    to: "",
    tests: ["test/simulation/tracker.test.ts"],
  },
  {
    title: "a write is sent again after a transient failure",
    file: "src/gateway/normal-path.ts",
    from: "(this.#isRead && isTransient(error))",
    to: "isTransient(error)",
    tests: LINES,
  },
  {
    title: "the layers retry a write",
    file: "src/gateway/resilience/retry.ts",
    from: "if (!isRead(attempt)) return next(attempt);",
    to: "",
    tests: LINES,
  },
  {
    title: "the client takes a new key for each attempt",
    file: "src/client/core/command.ts",
    from: "withKey(input, state.getSnapshot().idempotencyKey)",
    to: "withKey(input, randomKey())",
    tests: CLIENT,
  },
  {
    title: "a second click sends a second command",
    file: "src/client/adapters/react.ts",
    from: "if (current !== null && isRunning(current.getSnapshot())) return current.result;",
    to: "",
    tests: CLIENT,
  },
];
