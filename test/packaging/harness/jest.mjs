// Jest with ES modules, in a project with the packed package.
import { symlinkSync } from "node:fs";
import { createRequire } from "node:module";
import { dirname, join } from "node:path";
import { run } from "./processes.mjs";

/** Runs the tests of a folder; an error carries what Jest printed. */
export async function runJest(folder, ...args) {
  const jest = dirname(createRequire(import.meta.url).resolve("jest/package.json"));
  for (const name of ["jest", "@jest"]) symlinkSync(join(jest, "..", name), join(folder, "node_modules", name));
  const flags = ["--experimental-vm-modules", "--no-warnings", join(jest, "bin/jest.js")];
  await run(process.execPath, [...flags, "--rootDir", folder, ...args], folder);
}
