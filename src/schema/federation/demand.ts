import { type GraphQLResolveInfo, isObjectType } from "graphql";
import type { Context } from "../context.ts";
import { servedName } from "../prefix.ts";
import { demand, scopesOf } from "../scopes.ts";

/** Throws unless the viewer may see objects of this type: behind an interface or a union no field has asked for it. */
export const demandType = (name: string, { viewer }: Context, info: GraphQLResolveInfo): void => {
  const type = info.schema.getType(servedName(name, info));
  if (isObjectType(type)) demand(viewer, scopesOf(type));
};
