/** Properties draw the same in every run (settings of test/losses/random.ts too): FC_SEED searches elsewhere. */
import fc from "fast-check";

fc.configureGlobal({ seed: Number(process.env.FC_SEED ?? 20) });
