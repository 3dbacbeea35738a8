import { type ASTNode, type DocumentNode, GraphQLError, Kind, visit } from "graphql";

/** Returns the name of the argument that a variable or a value of the document fills; undefined if it fills none, or several. */
type ArgumentFinder = (node: ASTNode) => string | undefined;

/** The arguments of fields by the values in them; a variable stands there by its name. */
const argumentsIn = (document: DocumentNode): ArgumentFinder => {
  const names = new Map<ASTNode | string, Set<string>>();
  /** The variables by the parts of their definitions, among them their defaults. */
  const defined = new Map<ASTNode, string>();
  let argument: string | undefined;
  let variable: string | undefined;
  visit(document, {
    Directive: () => false,
    VariableDefinition: {
      enter(node) {
        variable = node.variable.name.value;
        defined.set(node, variable);
      },
      leave() {
        variable = undefined;
      },
    },
    Argument: {
      enter({ name }) {
        argument = name.value;
      },
      leave() {
        argument = undefined;
      },
    },
    enter(node) {
      if (variable !== undefined) defined.set(node, variable);
      if (argument === undefined) return;
      const value = node.kind === Kind.VARIABLE ? node.name.value : node;
      names.set(value, (names.get(value) ?? new Set()).add(argument));
    },
  });
  return (node) => {
    const [name, ...others] = names.get(defined.get(node) ?? node) ?? [];
    return others.length === 0 ? name : undefined;
  };
};

/** Returns what adds the name of the argument to an error about a value of the document, or about one of its variables. */
export const createArgumentNaming = (document: DocumentNode): ((error: GraphQLError) => GraphQLError) => {
  let finder: ArgumentFinder | undefined;
  return (error) => {
    const [node] = error.nodes ?? [];
    if (error.extensions["code"] !== "BAD_USER_INPUT" || node === undefined) return error;
    finder ??= argumentsIn(document);
    const argument = finder(node);
    if (argument === undefined) return error;
    const { message, nodes, extensions } = error;
    return new GraphQLError(message, { nodes: nodes ?? null, extensions: { ...extensions, argument } });
  };
};
