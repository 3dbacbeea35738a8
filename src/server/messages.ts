const RULES: readonly (readonly [RegExp, string])[] = [
  // A value that a caller sends may be a PIN or a template: it is not said back.
  [/^(Variable "\$\w+") got invalid value [\s\S]* at "([\w.$[\]]+)"; /, '$1 got an invalid value at "$2"; '],
  [/^(Variable "\$\w+") got invalid value [\s\S]*; /, "$1 got an invalid value; "],
  [/(cannot represent [^:"]*?)(?: value)?: [\s\S]*$/, "$1 value."],
  [/(Expected value of type "[^"]+"), found [\s\S]*$/, "$1."],
  [/(found|Unexpected) (String|BlockString|Int|Float) "[\s\S]*$/, "$1 $2."],
];

const SUGGESTION = / ?Did you mean [\s\S]*\?$/;
const MAX_LENGTH = 300;

/** The words of graphql-js about a caller's document or variables, without the caller's values. */
export const withoutValues = (message: string): string => {
  const said = RULES.reduce((text, [pattern, replacement]) => text.replace(pattern, replacement), message);
  return said.length > MAX_LENGTH ? `${said.slice(0, MAX_LENGTH)}...` : said;
};

/** Suggestions tell the names of a schema to those who may not read it. */
export const withoutSuggestion = (message: string): string => message.replace(SUGGESTION, "");
