// Part of npm run check: fails when docs/browser.md says something else than the recorded result.
import { isRendered } from "./result.mjs";

if (!isRendered()) {
  process.stderr.write("docs/browser.md: differs from bench/results/packaging: npm run test:packaging -- --record\n");
  process.exitCode = 1;
}
