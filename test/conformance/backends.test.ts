import { backends } from "../support/backends.js";
import { conformanceSuite } from "./suite.js";

for (const { name, functions } of backends) {
  conformanceSuite(name, functions, { atol: 1e-7, rtol: 1e-6 }, { checksErrors: true, precision: "f32" });
}
