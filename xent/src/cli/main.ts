#!/usr/bin/env node
import { run } from "./run.js";

// print.ts reports what cannot be written to stdout; of stderr nothing can be said anywhere
for (const stream of [process.stdout, process.stderr]) stream.on("error", () => {});

// exitCode instead of exit(): writes to a pipe may still be pending
process.exitCode = await run(process.argv.slice(2), process);
