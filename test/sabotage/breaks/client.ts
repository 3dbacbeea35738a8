import type { Break } from "../break.ts";

const RECOVERY = ["test/client/recovery.test.ts"];
const CORE = ["test/client/core.test.ts"];
const WALL = ["test/wall/serving.test.ts"];

/** Promises of the client package, of the wall and of the schema. */
export const CLIENT_BREAKS: readonly Break[] = [
  {
    title: "after a gap the client does not read the snapshot again",
    file: "src/client/core/follow.ts",
    from: 'if (state.status === "gap") restart(state);',
    to: "",
    tests: RECOVERY,
  },
  {
    title: "the client drops every event after the first",
    file: "src/client/core/follow.ts",
    from: "if (row !== null) show(",
    to: "if (row !== null && store.getSnapshot().rows.length < 1) show(",
    tests: CORE,
  },
  {
    title: "the client doubles a row that has changed",
    file: "src/client/core/follow.ts",
    from: "index === -1 ? [row, ...rows] : rows.with(index, row)",
    to: "[row, ...rows]",
    tests: CORE,
  },
  {
    title: "the client does not notice a silent gap",
    file: "src/client/core/stream.ts",
    from: "fields.isGap || isSilentGap",
    to: "fields.isGap",
    tests: RECOVERY,
  },
  {
    title: "the client uses refused credentials again",
    file: "src/client/core/stream.ts",
    from: "options.credentials.refuse();",
    to: "",
    tests: RECOVERY,
  },
  {
    title: "the client does not read again what did not fit",
    file: "src/client/core/intake.ts",
    from: "if (wasFull) resume();",
    to: "",
    tests: RECOVERY,
  },
  {
    title: "the wall is served in production",
    file: "src/app/public-server.ts",
    from: "wall: config.dashboard ?",
    to: "wall: true ?",
    tests: WALL,
  },
  {
    title: "the wall has no content security policy",
    file: "src/server/routes/wall.ts",
    from: 'if (isPage) response.setHeader("content-security-policy", contentSecurityPolicy(linkOrigin));',
    to: "",
    tests: WALL,
  },
  {
    title: "a wall that was asked for while it was built is not read again",
    file: "src/server/routes/wall.ts",
    from: "if (files === null) wall = null;",
    to: "",
    tests: ["test/server/routes/wall.test.ts"],
  },
  {
    title: "a wall is served before all of it is built",
    file: "src/server/routes/wall.ts",
    from: "return isWhole ? wall : null;",
    to: 'return wall.has("/") ? wall : null;',
    tests: ["test/server/routes/wall.test.ts"],
  },
  {
    title: "the subgraph does not declare semanticNonNull",
    file: "src/schema/federation/sdl.ts",
    from: '(name) => name === "semanticNonNull"',
    to: "() => false",
    tests: ["test/schema/client-schema.test.ts", "test/schema/compatibility.test.ts"],
  },
];
