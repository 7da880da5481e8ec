// For esbuild. @assemblyscript/loader assigns Object.hasOwn as it loads, to add it to runtimes older than any that this package
// supports. Importing this package must assign to no global: with node --frozen-intrinsics the assignment throws.
import { readFileSync } from "node:fs";

const POLYFILL = /^Object\.hasOwn = Object\.hasOwn \|\| function\([\s\S]*?^\};$/m;

/** @type {import("esbuild").Plugin} */
export const loaderWithoutGlobals = {
  name: "loader without globals",
  setup(build) {
    build.onLoad({ filter: /@assemblyscript[\\/]loader[\\/]index\.js$/ }, ({ path }) => {
      const text = readFileSync(path, "utf8");
      if (!POLYFILL.test(text)) throw new Error(`${path}: no assignment of Object.hasOwn, so this plugin is not needed any more`);
      return { contents: text.replace(POLYFILL, "") };
    });
  },
};
