const PIECES = /"(?:[^"\\]|\\.)*"|[{}[\],:]/g;

/** Whether a member of an object comes twice, in any spelling, at any depth. The text has to be JSON. */
export const hasDuplicates = (json: string): boolean => {
  const open: (Set<string> | null)[] = [];
  let last = "";
  for (const [piece] of json.matchAll(PIECES)) {
    if (piece === "{") open.push(new Set());
    else if (piece === "[") open.push(null);
    else if (piece === "}" || piece === "]") open.pop();
    else if (piece === ":") {
      const names = open.at(-1);
      const name = JSON.parse(last) as string;
      if (names?.has(name) === true) return true;
      names?.add(name);
    }
    last = piece;
  }
  return false;
};
