import type { HowToMeasure } from "../bench/measure.js";
import type { Result } from "../bench/types.js";
import { jsonLine } from "../one-line.js";
import { benchEnvironment } from "./bench-environment.js";
import type { BenchOptions } from "./bench-options.js";
import { print } from "./print.js";
import type { Seams, Terminal } from "./seams.js";

/** `xent bench`: times the library on this machine. Returns the exit code. */
export async function bench({ shapes, settings, json }: BenchOptions, terminal: Terminal, seams: Seams): Promise<number> {
  const { measure, text } = await seams.loadBench();
  const { stderr } = terminal;
  const show = (line: string) => {
    if (stderr.isTTY === true) stderr.write(`\r\x1b[K${line}`);
  };
  let result: Result;
  try {
    const how: Omit<HowToMeasure, "makeSampler"> = { shapes, variant: "both", settings, environment: benchEnvironment() };
    result = await measure(how, show);
  } finally {
    show("");
  }
  await print(terminal, json ? jsonLine(result) : text(result));
  return 0;
}
