import { type GraphQLResolveInfo, isObjectType } from "graphql";
import type { Context } from "../kernel/context.ts";
import { servedName } from "../kernel/type-prefix.ts";
import { requireScopes, scopesOf } from "../kernel/viewer.ts";

/** Throws unless the viewer may see objects of this type: behind an interface or a union no field has asked for it. */
export const requireTypeScopes = (name: string, { viewer }: Context, info: GraphQLResolveInfo): void => {
  const type = info.schema.getType(servedName(name, info));
  if (isObjectType(type)) requireScopes(viewer, scopesOf(type));
};
