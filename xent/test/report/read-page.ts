/** Reads the contents of a page from its markup. */

const ENTITIES: Readonly<Record<string, string>> = { amp: "&", lt: "<", gt: ">", quot: '"', "#39": "'" };

/** @returns the text of a piece of markup */
export function textOf(markup: string): string {
  return markup.replace(/<[^>]*>/g, "").replace(/&([a-z]+|#39);/g, (_, name: string) => ENTITIES[name] as string);
}

/** @returns the tables of names and values, joined */
export function pairsOf(page: string): Record<string, string> {
  const rows = page.matchAll(/<tr><th scope="row">(.*?)<\/th><td>(.*?)<\/td><\/tr>/g);
  return Object.fromEntries(Array.from(rows, ([, name, value]) => [textOf(name as string), textOf(value as string)]));
}

/** @returns the section whose heading has this id */
export function sectionOf(page: string, id: string): string {
  const section = page.split("<section ").find((part) => part.startsWith(`aria-labelledby="${id}"`));
  if (section === undefined) throw new Error(`the page has no section "${id}"`);
  return section;
}

/** @returns the cells of a section's table of figures, row by row, without the headings */
export function cellsOf(section: string): string[][] {
  const body = /<tbody>([\s\S]*?)<\/tbody>/.exec(section)?.[1] ?? "";
  return body
    .split("</tr>")
    .map((row) => Array.from(row.matchAll(/<td>([\s\S]*?)<\/td>/g), ([, cell]) => textOf(cell as string)))
    .filter((cells) => cells.length > 0);
}

/** @returns the numbers in a text as written, without the commas between thousands */
export function numeralsIn(text: string): string[] {
  return Array.from(text.matchAll(/-?\d[\d,]*(?:\.\d+)?(?:e[+-]\d+)?/g), ([number]) => number.replaceAll(",", ""));
}

export function numbersIn(text: string): number[] {
  return numeralsIn(text).map(Number);
}
