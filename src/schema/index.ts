import "./scalars.ts";
import "./access/index.ts";
import "./attendance/index.ts";
import "./command/index.ts";
import "./device/index.ts";
import "./federation/index.ts";
import "./realtime/index.ts";
import "./system/index.ts";
import "./user/index.ts";
import type { GraphQLSchema } from "graphql";
import { builder } from "./builder.ts";
import { type SdlOptions, withSdl } from "./federation/sdl.ts";

/** The whole graph; `options` say how it is told to supergraphs. */
export const buildSchema = (options: SdlOptions = {}): GraphQLSchema => withSdl(builder.toSchema(), options);
