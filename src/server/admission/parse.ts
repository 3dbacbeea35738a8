import { type DocumentNode, Lexer, parse, Source, syntaxError, type Token, TokenKind } from "graphql";

export interface ParseLimits {
  /** Tokens of a document. */
  readonly tokens: number;
  /** Brackets of any kind inside each other. */
  readonly nesting: number;
}

const STEP: Readonly<Record<string, number>> = {
  [TokenKind.BRACE_L]: 1,
  [TokenKind.BRACKET_L]: 1,
  [TokenKind.PAREN_L]: 1,
  [TokenKind.BRACE_R]: -1,
  [TokenKind.BRACKET_R]: -1,
  [TokenKind.PAREN_R]: -1,
};

/**
 * Parses what is within the limits, else throws a syntax error. The tokens are read before the parser sees them: it
 * calls itself for each bracket, and two thousand of them, which are few tokens, overflow its stack.
 */
export const parseDocument = (text: string, { tokens, nesting }: ParseLimits): DocumentNode => {
  const source = new Source(text, "GraphQL request");
  const lexer = new Lexer(source);
  // Errors look for line ends in all of their source, each time they are reworded: they need none behind the token.
  const refuse = ({ start, end }: Token, what: string) =>
    syntaxError(new Source(text.slice(0, end), source.name), start, what);
  let open = 0;
  let count = 0;
  for (let token = lexer.advance(); token.kind !== TokenKind.EOF; token = lexer.advance()) {
    count += 1;
    open += STEP[token.kind] ?? 0;
    if (count > tokens) throw refuse(token, `At most ${tokens} tokens.`);
    if (open > nesting) throw refuse(token, `At most ${nesting} brackets inside each other.`);
  }
  return parse(source);
};
