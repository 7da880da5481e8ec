/** Opening and closing brackets of Python's literals. */
const CLOSING: Readonly<Record<string, string>> = { "(": ")", "[": "]", "{": "}" };

/**
 * Splits a Python dict whose keys are strings: `{'descr': '<f4', "shape": (6L, 5L), }`. Values stay as they are written. Of two equal
 * keys the last counts, as in Python.
 * @returns the values by key, or undefined when `text` is not such a dict
 */
export function pythonDict(text: string): ReadonlyMap<string, string> | undefined {
  const inner = /^\{(.*)\}$/s.exec(text.trim())?.[1];
  if (inner === undefined) return undefined;
  const parts = splitAtCommas(inner);
  // a comma may follow the last entry
  if (parts?.at(-1)?.trim() === "") parts.pop();
  const entries = parts?.map((part) => /^\s*(['"])([^'"\\]*)\1\s*:(.*)$/s.exec(part));
  if (entries === undefined || entries.includes(null)) return undefined;
  return new Map(entries.map((entry) => [entry?.[2] ?? "", (entry?.[3] ?? "").trim()]));
}

/** Splits at commas outside brackets and strings; undefined when brackets or strings do not end. */
function splitAtCommas(text: string): string[] | undefined {
  const parts: string[] = [];
  const open: string[] = [];
  let quote = "";
  let start = 0;
  for (let at = 0; at < text.length; at++) {
    const character = text[at] as string;
    if (quote !== "") {
      if (character === "\\") at++;
      else if (character === quote) quote = "";
    } else if (character === "'" || character === '"') quote = character;
    else if (Object.hasOwn(CLOSING, character)) open.push(CLOSING[character] as string);
    else if (character === open.at(-1)) open.pop();
    else if (/[)\]}]/.test(character)) return undefined;
    else if (character === "," && open.length === 0) {
      parts.push(text.slice(start, at));
      start = at + 1;
    }
  }
  parts.push(text.slice(start));
  return quote === "" && open.length === 0 ? parts : undefined;
}

/** @returns the text of a string literal without escapes, or undefined when `value` is not one */
export function pythonString(value: string): string | undefined {
  return /^u?(['"])([^'"\\]*)\1$/.exec(value)?.[2];
}
