const TOKENS = /"(?:[^"\\]|\\.)*"|[{}[\],:]/g;

/** Returns whether an object at any depth has the same member twice, in any spelling. The text must be valid JSON. */
export const hasDuplicateMembers = (json: string): boolean => {
  const open: (Set<string> | null)[] = [];
  let last = "";
  for (const [token] of json.matchAll(TOKENS)) {
    if (token === "{") open.push(new Set());
    else if (token === "[") open.push(null);
    else if (token === "}" || token === "]") open.pop();
    else if (token === ":") {
      const names = open.at(-1);
      const name = JSON.parse(last) as string;
      if (names?.has(name) === true) return true;
      names?.add(name);
    }
    last = token;
  }
  return false;
};
