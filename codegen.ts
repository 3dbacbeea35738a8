import type { CodegenConfig } from "@graphql-codegen/cli";

const text = { input: "string", output: "string" };

/** Typed text, which needs no parser in a page. */
const typed = {
  preset: "client" as const,
  presetConfig: { fragmentMasking: false },
  config: {
    documentMode: "string",
    useTypeImports: true,
    enumType: "string-literal",
    strictScalars: true,
    defaultScalarType: "never",
    scalars: {
      DateTime: text,
      LocalDate: text,
      LocalDateTime: text,
      LocalTime: text,
      TimeZoneName: text,
      UtcOffset: text,
      HttpUrl: text,
      Base64Input: text,
      EventCursor: text,
    },
  },
};

const config: CodegenConfig = {
  overwrite: true,
  importExtension: ".ts",
  schema: "schema.graphql",
  generates: {
    "./test/gql/": {
      ...typed,
      documents: ["examples/*.graphql", "examples/clients/*.ts", "test/**/*.test.ts"],
    },
    "./examples/wall/src/__generated__/": { ...typed, documents: ["examples/wall/src/documents.ts"] },
  },
};

export default config;
