import {
  type DocumentNode,
  type FieldNode,
  type FragmentDefinitionNode,
  getArgumentValues,
  type GraphQLAbstractType,
  type GraphQLField,
  type GraphQLFieldResolver,
  type GraphQLLeafType,
  type GraphQLObjectType,
  type GraphQLOutputType,
  type GraphQLSchema,
  isAbstractType,
  isLeafType,
  isListType,
  isNonNullType,
  Kind,
  type OperationDefinitionNode,
  type SelectionNode,
  type SelectionSetNode,
  SchemaMetaFieldDef,
  TypeMetaFieldDef,
  TypeNameMetaFieldDef,
  visit,
} from "graphql";
import { conditionsOf, isIncluded, type Variables } from "./conditions.ts";
import { createSerializer, type Serialize } from "./leaf.ts";

/** An object of the response. */
export type ResponseObject = Record<string, unknown>;

/** How a value of an output type is completed, without the non-null wrapper, which is `nullable`. */
export type OutputPlan =
  | { readonly kind: "leaf"; readonly nullable: boolean; readonly serialize: Serialize }
  | { readonly kind: "object"; readonly nullable: boolean; readonly type: GraphQLObjectType }
  | { readonly kind: "abstract"; readonly nullable: boolean; readonly type: GraphQLAbstractType }
  | ListOutput;

export interface ListOutput {
  readonly kind: "list";
  readonly nullable: boolean;
  readonly item: OutputPlan;
}

/** A field of a selection, with everything that does not change from one execution to the next. */
export interface FieldPlan {
  /** The alias, or the name. */
  readonly key: string;
  /** All nodes of the document that are merged into this field. */
  readonly nodes: readonly [FieldNode, ...FieldNode[]];
  readonly parentType: GraphQLObjectType;
  readonly definition: GraphQLField<unknown, unknown>;
  /** Undefined: the member of the parent that has the field's name. */
  readonly resolve: GraphQLFieldResolver<unknown, unknown> | undefined;
  readonly output: OutputPlan;
  /** Undefined if the arguments contain a variable or an error: each execution evaluates them. */
  readonly args: Readonly<Record<string, unknown>> | undefined;
  /** The selection on objects of each type, made when the first object comes. */
  readonly selections: Map<GraphQLObjectType, SelectionPlan>;
}

/** What is selected on objects of one type. */
export interface SelectionPlan {
  readonly type: GraphQLObjectType;
  readonly fields: readonly FieldPlan[];
  /** Keys whose value is the name of the type. */
  readonly typeNameKeys: readonly string[];
  /** All keys in the order of the response, so that each object of the response is a copy of it. */
  readonly template: ResponseObject;
}

/** An operation of a valid document, prepared for any number of executions. */
export interface OperationPlan {
  readonly schema: GraphQLSchema;
  readonly operation: OperationDefinitionNode;
  readonly fragments: Readonly<Record<string, FragmentDefinitionNode>>;
  /** Undefined if the condition of a `@skip` or `@include` is null, which a nullable variable with a default allows. */
  readonly root: (type: GraphQLObjectType, variables: Variables) => SelectionPlan | undefined;
  /** The selection below a field, on objects of a type. */
  readonly below: (field: FieldPlan, type: GraphQLObjectType, variables: Variables) => SelectionPlan;
}

/** Plans differ by the conditions that hold; an operation with many conditions must not fill the memory with plans. */
const MAX_ROOTS = 16;

/** Prepares an operation. Its document must be valid for the schema. */
export const planOperation = (
  schema: GraphQLSchema,
  document: DocumentNode,
  operation: OperationDefinitionNode,
): OperationPlan => {
  const fragments: Record<string, FragmentDefinitionNode> = Object.create(null);
  for (const node of document.definitions)
    if (node.kind === Kind.FRAGMENT_DEFINITION) fragments[node.name.value] = node;
  const defined = new Set(operation.variableDefinitions?.map(({ variable }) => variable.name.value));
  const conditions = conditionsOf(document).filter((name) => defined.has(name));
  const serializers = new Map<GraphQLLeafType, Serialize>();
  const roots = new Map<string, SelectionPlan>();

  const serializerOf = (type: GraphQLLeafType): Serialize => {
    const serialize = serializers.get(type) ?? createSerializer(type);
    serializers.set(type, serialize);
    return serialize;
  };

  const outputOf = (declared: GraphQLOutputType): OutputPlan => {
    const nullable = !isNonNullType(declared);
    const type = isNonNullType(declared) ? declared.ofType : declared;
    if (isListType(type)) return { kind: "list", nullable, item: outputOf(type.ofType) };
    if (isLeafType(type)) return { kind: "leaf", nullable, serialize: serializerOf(type) };
    if (isAbstractType(type)) return { kind: "abstract", nullable, type };
    return { kind: "object", nullable, type };
  };

  const applies = (condition: string | undefined, type: GraphQLObjectType): boolean => {
    if (condition === undefined || condition === type.name) return true;
    const other = schema.getType(condition);
    return isAbstractType(other) && schema.isSubType(other, type);
  };

  /** The nodes selected on a type by their response key, merged over all fragments. */
  const collect = (sets: readonly (SelectionSetNode | undefined)[], type: GraphQLObjectType, variables: Variables) => {
    const collected = new Map<string, [FieldNode, ...FieldNode[]]>();
    const spread = new Set<string>();
    const add = (node: SelectionNode) => {
      if (!isIncluded(node.directives, variables)) return;
      if (node.kind === Kind.FIELD) {
        const key = node.alias?.value ?? node.name.value;
        const nodes = collected.get(key);
        if (nodes === undefined) collected.set(key, [node]);
        else nodes.push(node);
      } else if (node.kind === Kind.INLINE_FRAGMENT) {
        if (applies(node.typeCondition?.name.value, type)) node.selectionSet.selections.forEach(add);
      } else if (!spread.has(node.name.value)) {
        spread.add(node.name.value);
        const fragment = fragments[node.name.value];
        if (fragment !== undefined && applies(fragment.typeCondition.name.value, type))
          fragment.selectionSet.selections.forEach(add);
      }
    };
    for (const set of sets) set?.selections.forEach(add);
    return collected;
  };

  const definitionOf = (type: GraphQLObjectType, name: string): GraphQLField<unknown, unknown> | undefined => {
    if (type === schema.getQueryType()) {
      if (name === SchemaMetaFieldDef.name) return SchemaMetaFieldDef;
      if (name === TypeMetaFieldDef.name) return TypeMetaFieldDef;
    }
    return type.getFields()[name];
  };

  const select = (
    sets: readonly (SelectionSetNode | undefined)[],
    type: GraphQLObjectType,
    variables: Variables,
  ): SelectionPlan => {
    const fields: FieldPlan[] = [];
    const typeNameKeys: string[] = [];
    const template: ResponseObject = {};
    for (const [key, nodes] of collect(sets, type, variables)) {
      const name = nodes[0].name.value;
      const isTypeName = name === TypeNameMetaFieldDef.name;
      const definition = isTypeName ? undefined : definitionOf(type, name);
      if (definition === undefined && !isTypeName) continue;
      // An alias may be called __proto__: a plain assignment would replace the prototype.
      Object.defineProperty(template, key, {
        value: isTypeName ? type.name : null,
        writable: true,
        enumerable: true,
        configurable: true,
      });
      if (definition === undefined) typeNameKeys.push(key);
      else {
        const { resolve } = definition;
        const output = outputOf(definition.type);
        const args = argumentsOf(definition, nodes[0]);
        fields.push({ key, nodes, parentType: type, definition, resolve, output, args, selections: new Map() });
      }
    }
    return { type, fields, typeNameKeys, template };
  };

  return {
    schema,
    operation,
    fragments,
    root(type, variables) {
      const values = conditions.map((name) => variables[name]);
      if (!values.every((value) => typeof value === "boolean")) return undefined;
      const key = values.join();
      const known = roots.get(key);
      if (known !== undefined) return known;
      const plan = select([operation.selectionSet], type, variables);
      if (roots.size < MAX_ROOTS) roots.set(key, plan);
      return plan;
    },
    below(field, type, variables) {
      const known = field.selections.get(type);
      if (known !== undefined) return known;
      const plan = select(
        field.nodes.map(({ selectionSet }) => selectionSet),
        type,
        variables,
      );
      field.selections.set(type, plan);
      return plan;
    },
  };
};

const argumentsOf = (
  definition: GraphQLField<unknown, unknown>,
  node: FieldNode,
): Readonly<Record<string, unknown>> | undefined => {
  let isConstant = true;
  for (const argument of node.arguments ?? []) visit(argument, { Variable: () => void (isConstant = false) });
  if (!isConstant) return undefined;
  try {
    return getArgumentValues(definition, node, {});
  } catch {
    // Only an invalid document gets here: the error belongs to each execution.
    return undefined;
  }
};
