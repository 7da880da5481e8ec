// print.ts reports what cannot be written to stdout; of stderr nothing can be said anywhere
for (const stream of [process.stdout, process.stderr]) stream.on("error", () => {});

// exitCode instead of exit(): writes to a pipe may still be pending
// before its first line, only the system can keep a module from being loaded
const loaded = await import("./run.js").catch((error: Error) => error);
if (loaded instanceof Error) process.stderr.write(`xent: cannot be loaded: ${loaded.message}\n`);
process.exitCode = loaded instanceof Error ? 2 : await loaded.run(process.argv.slice(2), process);
