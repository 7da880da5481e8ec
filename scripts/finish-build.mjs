// After tsc: makes the command executable. (npm does so on install; a clone that runs build/cli/main.js needs it too.)
import { chmodSync } from "node:fs";

chmodSync(new URL("../build/cli/main.js", import.meta.url), 0o755);
