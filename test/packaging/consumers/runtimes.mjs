// Runtimes: the program as a process. All of them come as npm packages, whichever Node runs this.
import { run } from "../harness/processes.mjs";

export const DENO = "2.9.6";
export const BUN = "1.4.5";

export const NODES = ["20", "22", "24", "26"];

/** Each runs the program in a folder and gives what it prints. */
export const runtimes = [
  ...NODES.map((version) => runtime(`Node ${version}`, `node@${version}`, [])),
  runtime("Deno", `deno@${DENO}`, ["run", "--allow-all", "--no-remote"]),
  runtime("Bun", `bun@${BUN}`, ["--no-install"]),
];

function runtime(name, spec, options) {
  return { name, run: (folder) => run("npx", ["-y", spec, ...options, "command.mjs"], folder) };
}
