import { type GraphQLResolveInfo, isObjectType } from "graphql";
import type { Context } from "../context.ts";
import { demand, scopesOf } from "../scopes.ts";

/** Throws unless the viewer may see objects of this type: behind an interface or a union no field has asked for it. */
export const demandType = (name: string, { viewer }: Context, { schema }: GraphQLResolveInfo): void => {
  const type = schema.getType(name);
  if (isObjectType(type)) demand(viewer, scopesOf(type));
};
