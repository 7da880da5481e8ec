// The recipes of docs/recipes.md as a user copies them. The one for Next.js is part of its application in ../servers.mjs.
import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { runJest } from "../harness/jest.mjs";
import { answerOfWorker } from "../harness/workerd.mjs";
import { fileOf } from "./document.mjs";
import { tryLogitsFiles } from "./logits-files.mjs";
import { tryPrograms } from "./programs.mjs";
import { faultOfLoss, REQUEST } from "./request.mjs";

/** Faults. */
export async function tryRecipes(project, browsers) {
  const [jest, worker] = ["jest", "worker"].map((name) => project.makeProject(`recipe ${name}`));
  const files = await project.makeToolProject("recipe-files");
  const programs = project.makeProject("recipe programs");
  const tries = [tryPrograms(programs, browsers), tryLogitsFiles(files), inJest(jest), inWorker(worker)];
  const faults = await Promise.all(tries.map((faults) => faults.catch((error) => [`docs/recipes.md: ${error.message}`])));
  return faults.flat();
}

async function inJest(folder) {
  for (const name of ["jest.config.mjs", "loss.test.mjs"]) writeFileSync(join(folder, name), fileOf(name));
  await runJest(folder);
  return [];
}

async function inWorker(folder) {
  writeFileSync(join(folder, "worker.mjs"), fileOf("worker.mjs"));
  return faultOfLoss("Cloudflare Workers", await answerOfWorker(folder, REQUEST));
}
