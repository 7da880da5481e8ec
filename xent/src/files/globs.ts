import { existsSync, readdirSync } from "node:fs";
import { join } from "node:path";
import { InputError } from "./input-error.js";

/** Names in the order of a list: numbers in them by value. */
export const byName = new Intl.Collator("en", { numeric: true }).compare;

const WILD = /[*?[]/;

/** @returns whether a path has wildcards, and is not itself the name of a file */
export function isGlob(path: string): boolean {
  return WILD.test(path) && !existsSync(path);
}

/**
 * Returns the paths that a pattern matches, sorted by name: `*` any characters, `?` one, `[abc]` and `[a-z]` one of them, all within one
 * name. Names that begin with a dot are matched only by a pattern that does.
 * @throws InputError when none matches
 */
export function globbed(pattern: string): string[] {
  const parts = pattern.split(/[\\/]/);
  const isAbsolute = parts[0] === "";
  let found = [isAbsolute ? "/" : ""];
  for (const part of isAbsolute ? parts.slice(1) : parts) {
    found = found.flatMap((folder) => {
      if (!WILD.test(part)) return [join(folder, part)].filter((path) => existsSync(path));
      const matcher = matcherOf(part);
      return namesIn(folder || ".")
        .filter((name) => matcher.test(name) && (part.startsWith(".") || !name.startsWith(".")))
        .map((name) => join(folder, name));
    });
  }
  if (found.length === 0) throw new InputError(`${pattern}: matches no file; check the path`);
  return found.sort(byName);
}

function namesIn(folder: string): string[] {
  try {
    return readdirSync(folder);
  } catch {
    return [];
  }
}

function matcherOf(part: string): RegExp {
  const source = part.replace(/\[(!?)([^\]]+)\]|[\s\S]/g, (text, not: string | undefined, set: string | undefined) => {
    if (set !== undefined) return `[${not === "!" ? "^" : ""}${set.replace(/[\\^\]]/g, "\\$&")}]`;
    if (text === "*") return ".*";
    return text === "?" ? "." : text.replace(/[.+^${}()|[\]\\]/g, "\\$&");
  });
  return new RegExp(`^${source}$`, "su");
}
