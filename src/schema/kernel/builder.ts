import SchemaBuilder from "@pothos/core";
import "./audit.ts";
import "./directives.ts";
import type { Secret } from "../../contract/secret.ts";
import type { Context } from "./context.ts";

/** A scalar that is text in results; `In` is what its arguments become. */
export interface TextScalar<In = string> {
  readonly Input: In;
  readonly Output: string;
}

/** Builds the schema. The modules declare the types; the builder knows only the context and the scalars. */
export const builder = new SchemaBuilder<{
  Context: Context;
  DefaultFieldNullability: false;
  Scalars: {
    ID: TextScalar;
    DateTime: TextScalar;
    LocalDate: TextScalar;
    LocalDateTime: TextScalar;
    LocalTime: TextScalar;
    TimeZoneName: TextScalar;
    UtcOffset: TextScalar;
    HttpUrl: TextScalar;
    Base64Input: TextScalar<Secret>;
    EventCursor: TextScalar<string | null>;
    _Any: { readonly Input: unknown; readonly Output: unknown };
  };
}>({ plugins: ["audit", "directives"], defaultFieldNullability: false });

builder.queryType({
  description:
    "Reads of devices, users, attendance and doors. A field that fails is null and has an entry in `errors`; " +
    "the other fields are still answered.",
});
builder.mutationType({
  description:
    "Writes to devices and to the gateway. Most of them queue one command per device and return the commands; " +
    "errors that the caller can correct are in `userErrors`.",
});

/** An object type whose resolvers get a `Source`. */
export type Ref<Source> = ReturnType<typeof builder.objectRef<Source>>;
