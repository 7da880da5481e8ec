/** The other libraries: every peer's entries as contenders, each in its own host. */
import { existsSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { remoteContender } from "../harness/remote.mjs";
import { torchContenders } from "./contenders/torch.mjs";

/** Files of contenders/, in the order of the tables. */
const FILES = ["transformers", "tfjs", "onnxruntime-web", "onnxruntime-node", "jax-js"];

const host = fileURLToPath(new URL("host.mjs", import.meta.url));
const here = new URL("./", import.meta.url);

/**
 * The contenders of one peer's file.
 *
 * @param {URL} file
 * @param {"forward" | "gradient"} task
 * @param {URL} [installed] folder whose node_modules holds the packages
 * @returns {Promise<import("../../xent/build/bench/types.js").Contender[]>}
 */
export async function contendersOf(file, task, installed = here) {
  const { peer } = /** @type {{ peer: import("./types.mjs").Peer }} */ (await import(file.href));
  const absent = () => {
    const lacking = peer.packages.filter((name) => !existsSync(new URL(`node_modules/${name}/package.json`, installed)));
    return lacking.length === 0 ? undefined : `${lacking.join(", ")} not installed: npm ci --prefix bench/peers`;
  };
  return peer[task].map(({ open, async, ...contender }) =>
    remoteContender(
      { ...contender, peer: peer.packages[0] },
      {
        command: process.execPath,
        args: [...process.execArgv, host, fileURLToPath(file), task, contender.id, fileURLToPath(installed)],
      },
      { gradient: task === "gradient", absent },
    ),
  );
}

/**
 * @param {"forward" | "gradient"} task
 * @param {URL} [installed]
 */
export async function peerContenders(task, installed) {
  const ofPackages = await Promise.all(
    FILES.map((name) => contendersOf(new URL(`contenders/${name}.mjs`, here), task, installed)),
  );
  return [...ofPackages.flat(), ...torchContenders(task)];
}
