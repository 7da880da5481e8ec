// Runtimes: the program as a process.
import { fileURLToPath } from "node:url";
import { run } from "../harness/processes.mjs";

const bin = (name) => fileURLToPath(new URL(`../node_modules/.bin/${name}`, import.meta.url));

/** Each runs the program in a folder and gives what it prints. */
export const runtimes = [
  // as npm packages, whichever runs this
  ...["20", "22", "24", "26"].map((version) => ({
    name: `Node ${version}`,
    run: (folder) => run("npx", ["-y", `node@${version}`, "command.mjs"], folder),
  })),
  { name: "Deno", run: (folder) => run(bin("deno"), ["run", "--allow-all", "--no-remote", "command.mjs"], folder) },
  { name: "Bun", run: (folder) => run(bin("bun"), ["--no-install", "command.mjs"], folder) },
];
