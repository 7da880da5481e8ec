#!/usr/bin/env node
import { run } from "./run.js";

// A reader that has seen enough (xent score ... | head) closes the pipe: that ends the output, it is no fault.
process.stdout.on("error", (error: NodeJS.ErrnoException) => {
  if (error.code === "EPIPE") process.exit();
  process.stderr.write(`xent: the results cannot be written: ${error.message}\n`);
  process.exit(1);
});

// exitCode and not exit(): what is written to a pipe may still be on its way
process.exitCode = await run(process.argv.slice(2), process);
