/** Packs the package and unpacks it into an empty folder, like npm installs it. */
import { execFileSync } from "node:child_process";
import { cpSync, mkdirSync, mkdtempSync, rmSync, statSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";

const root = fileURLToPath(new URL("../../", import.meta.url));
const LOADER = "node_modules/@assemblyscript/loader";

/** @returns the folder, the size of the tarball in bytes, and a function that removes the folder */
export function unpackPacked() {
  const folder = mkdtempSync(join(tmpdir(), "wasm-cross-entropy-start-"));
  const packing = ["pack", "--json", "--ignore-scripts", "--pack-destination", folder];
  const [{ filename }] = JSON.parse(
    execFileSync("npm", packing, { cwd: root, encoding: "utf8", stdio: ["ignore", "pipe", "pipe"] }),
  );
  const tarball = join(folder, filename);
  const target = join(folder, "node_modules/wasm-cross-entropy");
  mkdirSync(target, { recursive: true });
  execFileSync("tar", ["-xzf", tarball, "--strip-components=1", "-C", target]);
  cpSync(join(root, LOADER), join(folder, LOADER), { recursive: true, dereference: true });
  writeFileSync(join(folder, "package.json"), JSON.stringify({ name: "empty", private: true, type: "module" }));
  return { folder, bytes: statSync(tarball).size, remove: () => rmSync(folder, { recursive: true, force: true }) };
}
