/** The table in docs/text.md: lines of code beside Python's. test/packaging/text runs the code. */
import { readFileSync } from "node:fs";
import { expect, it } from "vitest";

const document = readFileSync("docs/text.md", "utf8");

/** Lines of a block without imports, empty ones and comments. */
function linesOf(section: string, language: "js" | "python"): number {
  const [, code = ""] = new RegExp(`^\`\`\`${language}\\n([\\s\\S]*?)^\`\`\``, "m").exec(section) ?? [];
  return code.split("\n").filter((line) => line.trim() !== "" && !/^(import|from) |^\s*(\/\/|#)/.test(line)).length;
}

it("counts the lines of the sections' code", () => {
  const rows = Array.from(document.matchAll(/^\| ([^|]+?) +\| +(\d+) \| +(\d+) \|$/gm), ([, name, js, python]) => {
    return { name, js: Number(js), python: Number(python) };
  });
  expect(rows.length).toBe(5);
  const counted = rows.map(({ name }) => {
    const [, section = ""] = document.split(`\n## ${name}\n`);
    return { name, js: linesOf(section, "js"), python: linesOf(section, "python") };
  });
  expect(rows).toEqual(counted);
});
