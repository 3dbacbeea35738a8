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
import { deviceBy, doorBy, type EntitySource, FINDERS, requireTypeScopes, userBy } from "./objects.ts";

const MAX_REPRESENTATIONS = 1_000;

const keyText = z.string().min(1).max(500);

/** A representation that a router sends: the name of a type and the fields of its key. */
const Representation = z.discriminatedUnion("__typename", [
  z.object({ __typename: z.literal("Device"), serialNumber: keyText }),
  z.object({ __typename: z.literal("User"), employeeCode: keyText }),
  z.object({ __typename: z.literal("Punch"), id: keyText }),
  z.object({
    __typename: z.literal("Door"),
    device: z.object({ serialNumber: keyText }),
    number: z.int(),
  }),
  z.object({ __typename: z.literal("Command"), id: keyText }),
]);

const WithTypename = z.looseObject({ __typename: z.string() });

const parse = (representation: unknown, info: GraphQLResolveInfo): z.infer<typeof Representation> => {
  const { data: typed } = WithTypename.safeParse(representation);
  const { data } = Representation.safeParse(typed && { ...typed, __typename: ownName(typed.__typename, info) });
  if (data !== undefined) return data;
  throw new GraphQLError("A representation must have the `__typename` of an entity and the fields of its key.", {
    extensions: { code: "BAD_USER_INPUT", argument: "representations" },
  });
};

/** Returns the entity of a representation, or null if it does not exist. The entities of one request are read in the same batches. */
const entityOf = async (
  representation: unknown,
  context: Context,
  info: GraphQLResolveInfo,
): Promise<EntitySource | null> => {
  const reference = parse(representation, info);
  requireTypeScopes(reference.__typename, context, info);
  if (reference.__typename === "Device") return deviceBy(reference.serialNumber, context);
  if (reference.__typename === "User") return userBy(reference.employeeCode, selectedOn(info, "User"), context);
  if (reference.__typename === "Door") return doorBy(reference.device.serialNumber, reference.number, context);
  const { type, key } = parseGlobalId(reference.id) ?? {};
  if (type !== reference.__typename || key === undefined) return null;
  return FINDERS[reference.__typename](key, context);
};

const SUBGRAPH_SPECIFICATION =
  "https://www.apollographql.com/docs/graphos/schema-design/federated-schemas/reference/subgraph-spec";

const Any = builder.scalarType("_Any", {
  description: "The `__typename` of an entity and the fields of its key, as a federation router sends them.",
  specifiedByURL: SUBGRAPH_SPECIFICATION,
  serialize: (value) => value,
});

const Entity = builder.unionType("_Entity", {
  description: "Every entity that a federation router can reference by its key.",
  types: [Command, Device, Door, Punch, User],
  resolveType: (source) => (source as EntitySource).__typename,
});

builder.queryField("_entities", (t) =>
  t.field({
    type: [Entity],
    nullable: { list: false, items: true },
    description:
      "The entities that a federation router references, in its order. An item is null if its entity does not exist.",
    cost: 10,
    args: {
      representations: t.arg({
        type: [Any],
        required: true,
        description: `The references to resolve, up to ${MAX_REPRESENTATIONS} of them.`,
      }),
    },
    resolve: (_root, args, context, info) =>
      requireAtMost(args.representations, MAX_REPRESENTATIONS, "representations").map((each) =>
        entityOf(each, context, info),
      ),
  }),
);
