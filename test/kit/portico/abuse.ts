export const repeated = (count: number, one: (index: number) => string): string =>
  Array.from({ length: count }, (_, index) => one(index)).join(" ");
/** A query with 2 × levels + 2 levels of fields. */
export const deep = (levels: number) =>
  `{ device(serialNumber: "SN7A2300583") { ${"doors { device { ".repeat(levels)} name ${"} }".repeat(levels)} } }`;
const bomb = (levels: number) => {
  const fragments = repeated(levels, (level) => `fragment F${level} on Query { ...F${level + 1} ...F${level + 1} }`);
  return `{ ...F0 } ${fragments} fragment F${levels} on Query { __typename }`;
};
export const OPEN = `openDoor(input: { serialNumber: "SN7A2300583" }) { userErrors { code } }`;

export const VALIDATION = "GRAPHQL_VALIDATION_FAILED";
const PARSE = "GRAPHQL_PARSE_FAILED";

/** Documents that are refused before execution: name, document, error code. */
export const ABUSE: readonly (readonly [string, string, string])[] = [
  ["101 aliases", `{ ${repeated(101, (index) => `a${index}: __typename`)} }`, VALIDATION],
  [
    "10,000 aliases of devices",
    `{ ${repeated(10_000, (index) => `a${index}: device(serialNumber: "S${index}") { name }`)} }`,
    PARSE,
  ],
  ["100,000 open braces", "{a".repeat(100_000), PARSE],
  ["100,000 directives", `{ viewer { name ${"@a ".repeat(100_000)} } }`, PARSE],
  ["ten unknown directives", `{ viewer { name ${repeated(10, (index) => `@d${index}`)} } }`, VALIDATION],
  ["ten unknown fields", `{ ${repeated(10, (index) => `unknown${index}`)} }`, VALIDATION],
  ["a bomb of fragments", bomb(16), VALIDATION],
  ["circular fragments", "{ ...A } fragment A on Query { ...B } fragment B on Query { ...A }", VALIDATION],
  ["one level too many", deep(6), VALIDATION],
  [
    "circular introspection",
    `{ __schema { types { fields { type { fields { type { fields { name } } } } } } } }`,
    VALIDATION,
  ],
  ["fifty doors", `mutation { ${repeated(50, (index) => `d${index}: ${OPEN}`)} }`, VALIDATION],
  [
    "six doors in fragments",
    `mutation { ...F ...F } fragment F on Mutation { ${repeated(3, (index) => `d${index}: ${OPEN}`)} }`,
    VALIDATION,
  ],
  ["@defer", "{ viewer { ... @defer { name } } }", VALIDATION],
  ["@stream", "{ devices(first: 5) { nodes @stream(initialCount: 1) { name } } }", VALIDATION],
];
