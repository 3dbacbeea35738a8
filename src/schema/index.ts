import "./kernel/scalars.ts";
import "./access/index.ts";
import "./attendance/index.ts";
import "./command/index.ts";
import "./device/index.ts";
import "./federation/index.ts";
import "./realtime/index.ts";
import "./system/index.ts";
import "./user/index.ts";
import type { GraphQLSchema } from "graphql";
import { builder } from "./kernel/builder.ts";
import { type SdlOptions, withSdl } from "./federation/sdl.ts";
import { withTypePrefix } from "./kernel/type-prefix.ts";

export interface SchemaOptions extends SdlOptions {
  /** Begins the name of every type. */
  readonly typePrefix?: string;
}

/** The whole graph; `options` say how it is told to supergraphs. */
export const buildSchema = ({ typePrefix = "", ...sdl }: SchemaOptions = {}): GraphQLSchema => {
  const schema = builder.toSchema();
  return withSdl(typePrefix === "" ? schema : withTypePrefix(schema, typePrefix), sdl);
};
