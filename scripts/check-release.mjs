// What a registry shows and what users rely on must be there before a release: versions, the fields of both manifests, the changelog,
// a clean tree. `--tag vX.Y.Z`: the version must be the tag's. Prints every problem, and exits with 1 if there is one.
import { execFileSync } from "node:child_process";
import { readFileSync } from "node:fs";
import { parseArgs } from "node:util";

const { values } = parseArgs({ options: { tag: { type: "string" } } });
const read = (path) => readFileSync(new URL(`../${path}`, import.meta.url), "utf8");
const manifests = {
  "package.json": JSON.parse(read("package.json")),
  "xent/package.json": JSON.parse(read("xent/package.json")),
};
const { version } = manifests["package.json"];
const problems = [];
const expect = (isSo, problem) => isSo || problems.push(problem);

for (const [path, manifest] of Object.entries(manifests)) {
  for (const field of ["description", "keywords", "author", "license", "repository", "homepage", "bugs", "engines", "files"]) {
    expect(
      manifest[field],
      `${path}: has no ${field}; set it with npm pkg set${path.startsWith("xent") ? " --workspace xent" : ""}`,
    );
  }
  // npm would run these where the package is installed
  for (const script of ["prepare", "install", "preinstall", "postinstall"]) {
    expect(!manifest.scripts?.[script], `${path}: has a script ${script}; remove it`);
  }
  expect(manifest.version === version, `${path}: has version ${manifest.version}, package.json ${version}`);
}
const tool = manifests["xent/package.json"];
expect(tool.repository?.directory === "xent", 'xent/package.json: expected "directory": "xent" in repository');
const { [`wasm-cross-entropy`]: library } = tool.dependencies;
expect(library === version, `xent/package.json: depends on wasm-cross-entropy ${library}, expected ${version}`);
const heading = new RegExp(`^## ${version.replaceAll(".", "\\.")} \\(\\d{4}-\\d{2}-\\d{2}\\)$`, "m");
expect(heading.test(read("CHANGELOG.md")), `CHANGELOG.md: has no heading "## ${version} (YYYY-MM-DD)"`);
expect(values.tag === undefined || values.tag === `v${version}`, `the tag is ${values.tag}, the version ${version}`);
const changed = execFileSync("git", ["status", "--porcelain"], { encoding: "utf8" }).trim();
expect(changed === "", `files that are not committed: ${changed.split("\n").join(", ")}`);

for (const problem of problems) process.stderr.write(`${problem}\n`);
process.stdout.write(`${problems.length === 0 ? `ready to release ${version}` : `${problems.length} problems`}\n`);
process.exitCode = problems.length === 0 ? 0 : 1;
