import * as reference from "../../src/reference/index.js";
import { conformanceSuite } from "./suite.js";

conformanceSuite("the f64 reference", reference, { atol: 1e-15, rtol: 1e-12 }, { checksErrors: false, precision: "f64" });
