import { type DocumentNode, Lexer, parse, Source, syntaxError, type Token, TokenKind } from "graphql";

/** Limits that a document must meet before it is parsed. */
export interface ParseLimits {
  /** Tokens of a document. */
  readonly tokens: number;
  /** Levels of nested brackets of any kind. */
  readonly nesting: number;
}

const NESTING_STEP: Readonly<Record<string, number>> = {
  [TokenKind.BRACE_L]: 1,
  [TokenKind.BRACKET_L]: 1,
  [TokenKind.PAREN_L]: 1,
  [TokenKind.BRACE_R]: -1,
  [TokenKind.BRACKET_R]: -1,
  [TokenKind.PAREN_R]: -1,
};

/**
 * Parses a document that is within the limits. The tokens are counted before the parser runs: it recurses for each bracket, and
 * two thousand of them, which are few tokens, overflow its stack.
 *
 * @throws A syntax error of graphql-js.
 */
export const parseDocument = (text: string, { tokens, nesting }: ParseLimits): DocumentNode => {
  const source = new Source(text, "GraphQL request");
  const lexer = new Lexer(source);
  // An error searches all of its source for line ends each time it is reworded, so the source ends with the token.
  const syntaxErrorAt = ({ start, end }: Token, what: string) =>
    syntaxError(new Source(text.slice(0, end), source.name), start, what);
  let open = 0;
  let count = 0;
  for (let token = lexer.advance(); token.kind !== TokenKind.EOF; token = lexer.advance()) {
    count += 1;
    open += NESTING_STEP[token.kind] ?? 0;
    if (count > tokens) throw syntaxErrorAt(token, `At most ${tokens} tokens are allowed.`);
    if (open > nesting) throw syntaxErrorAt(token, `At most ${nesting} levels of nested brackets are allowed.`);
  }
  return parse(source);
};
