import {
  type FieldNode,
  getNamedType,
  type GraphQLField,
  type GraphQLSchema,
  isInputObjectType,
  Kind,
  type ObjectFieldNode,
  type OperationDefinitionNode,
  type ValueNode,
} from "graphql";
import { scopesOf } from "../../schema/kernel/viewer.ts";
import { type Fragments, rootFields } from "../admission/selections.ts";

/** The variable that says why a model sends a command. */
export const REASON = "reason";
/** The variable that this server fills: models do not see it. */
export const IDEMPOTENCY_KEY = "idempotencyKey";

/** In seconds: what the gateway gives a door command by default. */
const DOOR_EXPIRY_SECONDS = 30;

/**
 * Returns why a mutation cannot be a tool, as a clause; null if it can. Its one command takes the reason of the model and the key by
 * which a retry is recognized, and a command for a door must not wait in a queue.
 */
export const mutationFault = (
  schema: GraphQLSchema,
  fragments: Fragments,
  operation: OperationDefinitionNode,
): string | null => {
  const [field, ...others] = rootFields(operation.selectionSet, fragments);
  if (field === undefined || others.length > 0) return "a mutation must have exactly one field";
  const options = memberOf(argumentOf(field, "input"), "options");
  if (!isVariable(memberOf(options, "reason"), REASON)) return `\`options.reason\` must be the variable $${REASON}`;
  if (!isVariable(memberOf(options, "idempotencyKey"), IDEMPOTENCY_KEY))
    return `\`options.idempotencyKey\` must be the variable $${IDEMPOTENCY_KEY}`;
  const reason = operation.variableDefinitions?.find(({ variable }) => variable.name.value === REASON);
  if (reason?.type.kind !== Kind.NON_NULL_TYPE || reason.defaultValue !== undefined)
    return `$${REASON} must be required: String! without a default`;
  const definition = schema.getMutationType()?.getFields()[field.name.value];
  if (isBulk(definition)) return "its idempotency key stands for many requests: use the mutation for one person";
  const isForDoors = definition !== undefined && scopesOf(definition).includes("doors:control");
  return isForDoors ? doorFault(options) : null;
};

/** Whether a mutation sends a request of its own for each item of its input: it waits for none of them. */
const isBulk = (field: GraphQLField<unknown, unknown> | undefined): boolean => {
  const input: unknown = getNamedType(field?.args.find(({ name }) => name === "input")?.type);
  const options: unknown = isInputObjectType(input) ? getNamedType(input.getFields()["options"]?.type) : undefined;
  return !isInputObjectType(options) || options.getFields()["waitSeconds"] === undefined;
};

const doorFault = (options: ValueNode | undefined): string | null => {
  const queue = memberOf(options, "queueIfOffline");
  if (queue !== undefined && (queue.kind !== Kind.BOOLEAN || queue.value))
    return "a command for a door must not be queued: omit `options.queueIfOffline`";
  const expiry = memberOf(options, "expiresInSeconds");
  if (expiry !== undefined && (expiry.kind !== Kind.INT || Number(expiry.value) > DOOR_EXPIRY_SECONDS))
    return `a command for a door must expire within ${DOOR_EXPIRY_SECONDS} seconds: omit \`options.expiresInSeconds\``;
  return null;
};

const argumentOf = (field: FieldNode, name: string): ValueNode | undefined =>
  field.arguments?.find((argument) => argument.name.value === name)?.value;

const memberOf = (value: ValueNode | undefined, name: string): ValueNode | undefined =>
  value?.kind === Kind.OBJECT
    ? value.fields.find((field: ObjectFieldNode) => field.name.value === name)?.value
    : undefined;

const isVariable = (value: ValueNode | undefined, name: string): boolean =>
  value?.kind === Kind.VARIABLE && value.name.value === name;
