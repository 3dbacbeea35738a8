import SchemaBuilder from "@pothos/core";
import "./audit.ts";
import "./directives.ts";
import type { Secret } from "../../contract/secret.ts";
import type { Context } from "./context.ts";

interface Text<In = string> {
  readonly Input: In;
  readonly Output: string;
}

/** Types are declared in the modules; the builder knows only the context and the scalars. */
export const builder = new SchemaBuilder<{
  Context: Context;
  DefaultFieldNullability: false;
  Scalars: {
    ID: Text;
    DateTime: Text;
    LocalDate: Text;
    LocalDateTime: Text;
    LocalTime: Text;
    TimeZone: Text;
    UtcOffset: Text;
    URL: Text;
    Base64Input: Text<Secret>;
    EventCursor: Text;
    _Any: { readonly Input: unknown; readonly Output: unknown };
  };
}>({ plugins: ["audit", "directives"], defaultFieldNullability: false });

builder.queryType({ description: "Reads." });
builder.mutationType({ description: "Writes, one per gateway operation." });

/** An object type whose resolvers start from such a source. */
export type Ref<Source> = ReturnType<typeof builder.objectRef<Source>>;
