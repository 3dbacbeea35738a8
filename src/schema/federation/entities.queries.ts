import { GraphQLError, type GraphQLResolveInfo } from "graphql";
import { z } from "zod";
import { Door } from "../access/refs.ts";
import { requireAtMost } from "../kernel/arguments.ts";
import { Punch } from "../attendance/refs.ts";
import { builder } from "../kernel/builder.ts";
import { Command } from "../command/refs.ts";
import type { Context } from "../kernel/context.ts";
import { Device } from "../device/refs.ts";
import { parseGlobalId } from "../kernel/node.ts";
import { ownName } from "../kernel/type-prefix.ts";
import { selectedOn } from "../kernel/selection.ts";
import { User } from "../user/refs.ts";
import { requireTypeScopes } from "./demand.ts";
import { commandBy, deviceBy, doorBy, type ObjectSource, punchBy, userBy } from "./objects.ts";

const MOST = 1_000;

const text = z.string().min(1).max(500);

/** What a router sends for each type: its name and its key. */
const Representation = z.discriminatedUnion("__typename", [
  z.object({ __typename: z.literal("Device"), serialNumber: text }),
  z.object({ __typename: z.literal("User"), employeeCode: text }),
  z.object({ __typename: z.literal("Punch"), id: text }),
  z.object({
    __typename: z.literal("Door"),
    device: z.object({ serialNumber: text }),
    number: z.int(),
  }),
  z.object({ __typename: z.literal("Command"), id: text }),
]);

const Named = z.looseObject({ __typename: z.string() });

const parse = (representation: unknown, info: GraphQLResolveInfo): z.infer<typeof Representation> => {
  const { data: named } = Named.safeParse(representation);
  const { data } = Representation.safeParse(named && { ...named, __typename: ownName(named.__typename, info) });
  if (data !== undefined) return data;
  throw new GraphQLError("This names no entity: give __typename and the fields of its key.", {
    extensions: { code: "BAD_USER_INPUT", argument: "representations" },
  });
};

/** The object that a router means; null when it is unknown. Objects of one request are read in the same batches. */
const entityOf = async (
  representation: unknown,
  context: Context,
  info: GraphQLResolveInfo,
): Promise<ObjectSource | null> => {
  const named = parse(representation, info);
  requireTypeScopes(named.__typename, context, info);
  if (named.__typename === "Device") return deviceBy(named.serialNumber, context);
  if (named.__typename === "User") return userBy(named.employeeCode, selectedOn(info, "User"), context);
  if (named.__typename === "Door") return doorBy(named.device.serialNumber, named.number, context);
  const { type, key } = parseGlobalId(named.id) ?? {};
  if (type !== named.__typename || key === undefined) return null;
  return type === "Punch" ? punchBy(key, context) : commandBy(key, context);
};

const Any = builder.scalarType("_Any", {
  description: "A type's name and the fields of its key, from a router.",
  serialize: (value) => value,
});

const Entity = builder.unionType("_Entity", {
  description: "What a router can name by key.",
  types: [Command, Device, Door, Punch, User],
  resolveType: (source) => (source as ObjectSource).__typename,
});

builder.queryField("_entities", (t) =>
  t.field({
    type: [Entity],
    nullable: { list: false, items: true },
    description: "The objects that a router names, in its order; null where unknown.",
    cost: 10,
    args: {
      representations: t.arg({ type: [Any], required: true, description: `Up to ${MOST} names and keys.` }),
    },
    resolve: (_root, args, context, info) =>
      requireAtMost(args.representations, MOST, "representations").map((each) => entityOf(each, context, info)),
  }),
);
