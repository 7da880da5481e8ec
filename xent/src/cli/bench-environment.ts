import { availableParallelism, cpus, loadavg } from "node:os";
import type { Environment } from "../bench/types.js";
import { version } from "../version.js";

/** The machine, the runtime and the package that a bench in this process measures. An installed package has no commit. */
export function benchEnvironment(): Environment {
  const { versions, platform, arch, execArgv } = process;
  return {
    cpu: cpus()[0]?.model.trim() ?? "unknown",
    cores: availableParallelism(),
    load: Number(loadavg()[0]?.toFixed(2)),
    platform: `${platform} ${arch}`,
    runtime: {
      name: "node",
      version: versions.node,
      major: Number.parseInt(versions.node, 10),
      v8: versions.v8,
      flags: execArgv,
    },
    package: { version, commit: null, modified: null },
  };
}
