import "./scalars.ts";
import "./access/index.ts";
import "./attendance/index.ts";
import "./command/index.ts";
import "./device/index.ts";
import "./realtime/index.ts";
import "./system/index.ts";
import "./user/index.ts";
import type { GraphQLSchema } from "graphql";
import { builder } from "./builder.ts";

/** The whole graph. */
export const buildSchema = (): GraphQLSchema => builder.toSchema();
