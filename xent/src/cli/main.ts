#!/usr/bin/env node
import { run } from "./run.js";

// A reader may close the pipe early (xent score ... | head). That ends the output and is not an error.
process.stdout.on("error", (error: NodeJS.ErrnoException) => {
  if (error.code === "EPIPE") process.exit();
  process.stderr.write(`xent: cannot write the results: ${error.message}\n`);
  process.exit(1);
});

// exitCode instead of exit(): writes to a pipe may still be pending
process.exitCode = await run(process.argv.slice(2), process);
