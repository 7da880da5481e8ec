// The code of docs/recipes.md.
import { readFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { build } from "esbuild";

const path = (relative) => fileURLToPath(new URL(relative, import.meta.url));
const document = readFileSync(path("../../../docs/recipes.md"), "utf8");

/** The blocks of a language, as they are. */
export function blocksOf(language) {
  return Array.from(document.matchAll(new RegExp(`^\`\`\`${language}\\n([\\s\\S]*?)^\`\`\``, "gm")), (block) => block[1]);
}

/** The block that begins with a comment of this name: a file of the user's. */
export function fileOf(name) {
  const found = ["js", "python"]
    .flatMap(blocksOf)
    .filter((code) => code.startsWith(`// ${name}\n`) || code.startsWith(`# ${name}\n`));
  if (found.length !== 1) throw new Error(`docs/recipes.md: ${found.length} blocks of the file ${name}`);
  return found[0];
}

/** test/package/examples.ts, which finds examples and turns them into programs; this Node may know no TypeScript. */
export async function loadExamples() {
  const source = path("../../package/examples.ts");
  const { outputFiles } = await build({
    entryPoints: [source],
    write: false,
    platform: "node",
    format: "esm",
    define: { "import.meta.url": JSON.stringify(new URL("../../package/examples.ts", import.meta.url).href) },
  });
  return import(`data:text/javascript;base64,${Buffer.from(outputFiles[0].contents).toString("base64")}`);
}
