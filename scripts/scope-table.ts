import { type GraphQLSchema, isInterfaceType, isObjectType } from "graphql";
import { SCOPES, type Scope, scopesOf } from "../src/schema/kernel/viewer.ts";

/** What each scope is for. What no field of the schema says by itself is named here. */
const MEANINGS: Readonly<Record<Scope, string>> = {
  "devices:read": "Devices with their state, health, information and migrations.",
  "devices:manage":
    "Reboots, clocks, queues and door schedules of devices. Also the header `x-portico-trace: uncached`.",
  "users:read": "People, their enrollments, and what credentials are on which device: the kinds, never their content.",
  "users:write": "New people, changes, deletions and copies between devices.",
  "credentials:write":
    "Cards, faces, fingerprints and passwords. Also `templates` of a user of `addUser` and `addUsers`.",
  "attendance:read": "Punches and days of attendance, their export and their events.",
  "photos:read": "The photo of a punch, together with `attendance:read`.",
  "doors:read": "Doors and their access events.",
  "doors:control": "Commands that move a door.",
  "callbacks:manage": "The registration of callbacks at the gateway.",
};

const code = (text: string): string => `\`${text}\``;

/** The fields of a type that require a scope; those of pages lead to what other rows name. */
const fieldsOf = (schema: GraphQLSchema, scope: Scope): string =>
  Object.values(schema.getTypeMap())
    .flatMap((type) => {
      if (!isObjectType(type) && !isInterfaceType(type)) return [];
      if (scopesOf(type).includes(scope)) return [`all of ${code(type.name)}`];
      const fields = Object.values(type.getFields()).filter(
        (field) => scopesOf(field).includes(scope) && !["node", "nodes"].includes(field.name),
      );
      return fields.length === 0 ? [] : [`${code(type.name)}: ${fields.map(({ name }) => code(name)).join(", ")}`];
    })
    .join("; ");

/** The Markdown table of the scopes, with the fields that require each. */
export const scopeTable = (schema: GraphQLSchema): string =>
  [
    "| scope | what it is for | what requires it |",
    "|---|---|---|",
    ...SCOPES.map((scope) => `| ${code(scope)} | ${MEANINGS[scope]} | ${fieldsOf(schema, scope)} |`),
  ].join("\n");
