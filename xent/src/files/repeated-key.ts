/**
 * Returns a key that an object of `json` has twice. JSON.parse takes the last one without a word, other readers the first: such a file
 * means different things to different programs.
 * @param json valid JSON
 */
export function repeatedKey(json: string): string | undefined {
  const colon = /\s*:/y;
  /** The keys of the objects around the current position; undefined for an array. */
  const around: (Set<string> | undefined)[] = [];
  for (let at = 0; at < json.length; at++) {
    const character = json[at];
    if (character === "{") around.push(new Set());
    else if (character === "[") around.push(undefined);
    else if (character === "}" || character === "]") around.pop();
    if (character !== '"') continue;
    const end = endOfString(json, at);
    colon.lastIndex = end + 1;
    if (colon.test(json)) {
      const key = JSON.parse(json.slice(at, end + 1)) as string;
      const keys = around.at(-1);
      if (keys?.has(key)) return key;
      keys?.add(key);
    }
    at = end;
  }
  return undefined;
}

/** Returns the position of the quotation mark that ends the string at `start`. */
function endOfString(json: string, start: number): number {
  for (let at = start + 1; ; at++) {
    at = json.indexOf('"', at);
    let slashes = 0;
    while (json[at - 1 - slashes] === "\\") slashes++;
    if (slashes % 2 === 0) return at;
  }
}
