import type { CodegenConfig } from "@graphql-codegen/cli";

const text = { input: "string", output: "string" };

const config: CodegenConfig = {
  overwrite: true,
  importExtension: ".ts",
  schema: "schema.graphql",
  documents: ["examples/*.graphql", "examples/clients/*.ts", "test/**/*.test.ts"],
  generates: {
    "./test/gql/": {
      preset: "client",
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
          TimeZone: text,
          UtcOffset: text,
          URL: text,
          Base64Input: text,
          EventCursor: text,
        },
      },
    },
  },
};

export default config;
