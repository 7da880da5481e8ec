// Part of npm run check: fails when a document says something else than the recorded result.
import { notRendered } from "./result.mjs";

for (const document of notRendered()) {
  process.stderr.write(`${document}: differs from bench/results/packaging: npm run test:packaging -- --record\n`);
  process.exitCode = 1;
}
