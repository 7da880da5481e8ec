/** A fixed seed, so that properties draw the same data in every run (see test/losses/random.ts). FC_SEED sets another. */
import fc from "fast-check";

fc.configureGlobal({ seed: Number(process.env.FC_SEED ?? 20) });
