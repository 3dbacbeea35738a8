/** Why a variable is rejected, in the words of graphql-js and of this schema's scalars. These parts may be repeated to the client. */
const REASONS: readonly RegExp[] = [
  /; (?:Expected type "[^"]{1,80}"\. )?(Expected [^"]{1,120}\.)$/,
  /; (Expected (?:non-nullable )?type "[^"]{1,80}" (?:not to be null|to be an object)\.)$/,
  /; (Field "\w{1,80}" (?:of required type "[^"]{1,80}" was not provided|must be non-null)\.)$/,
  /; (Field "\w{1,80}" is not defined by type "\w{1,80}"\.(?: Did you mean [\w ",]{1,200}\?)?)$/,
  /; (Exactly one key must be specified(?: for OneOf type "\w{1,80}")?\.)$/,
  /; (Value "\w{1,40}" does not exist in "\w{1,80}" enum\.(?: Did you mean [\w ",]{1,200}\?)?)$/,
  /; ((?:Int|Float|String|Boolean|ID) cannot represent [a-z][\w -]{1,60})(?: value)?: /,
];

const VARIABLE = /^Variable "\$(\w+)" got invalid value /;

const aboutVariable = (name: string, message: string): string => {
  const path = new RegExp(` at "(${name}[.[][\\w.[\\]]*)"; `).exec(message)?.[1];
  const reason = REASONS.map((pattern) => pattern.exec(message)?.[1]).find((found) => found !== undefined);
  const location = path === undefined ? "" : ` at "${path}"`;
  return `Variable "$${name}" got an invalid value${location}${reason === undefined ? "." : `; ${reason}`}`;
};

/** Messages that end with a literal of the document, and what replaces the end. */
const LITERALS: readonly (readonly [RegExp, string])[] = [
  [/(cannot represent [^:"]*?)(?: value)?: [\s\S]*$/, "$1 value."],
  [/(Expected value of type "[^"]+"), found [\s\S]*; (Expected [^"]{1,120}\.)$/, "$1. $2"],
  [/(Expected value of type "[^"]+"), found [\s\S]*$/, "$1."],
  [/^(Argument "\w{1,80}" has) invalid value [\s\S]*$/, "$1 an invalid value."],
  [/(found|Unexpected) (String|BlockString|Int|Float) "[\s\S]*$/, "$1 $2."],
];

const MAX_LENGTH = 300;

/** What the executor reports where it stops checking variables. */
const TOO_MANY_ERRORS = /^Too many errors processing variables, error limit reached\./;

/**
 * Removes the caller's values from a message of graphql-js about a document or its variables: one of them may be a PIN or a template
 * in the wrong place.
 */
export const withoutValues = (message: string): string => {
  if (TOO_MANY_ERRORS.test(message)) return "Too many errors in the variables; the first ones are reported.";
  const variable = VARIABLE.exec(message)?.[1];
  if (variable !== undefined) return aboutVariable(variable, message);
  const redacted = LITERALS.reduce((text, [pattern, replacement]) => text.replace(pattern, replacement), message);
  return redacted.length > MAX_LENGTH ? `${redacted.slice(0, MAX_LENGTH)}...` : redacted;
};

/** Removes the suggestion from a message: it reveals names of the schema to callers who may not read it. */
export const withoutSuggestion = (message: string): string => message.replace(/ ?Did you mean [\s\S]*\?$/, "");
