import { availableParallelism, cpus } from "node:os";
import { InputError } from "../files/input-error.js";
import { jsonLine } from "../one-line.js";
import { nameValueLines } from "../report/table.js";
import { print } from "./print.js";
import type { Seams, Terminal } from "./seams.js";

/**
 * The smallest module with SIMD128: (module (func (result v128) (i8x16.popcnt (i8x16.splat (i32.const 0))))).
 * Checked here, because the engine cannot report it: without SIMD it does not start.
 */
const SIMD_MODULE = Uint8Array.of(
  ...[0x00, 0x61, 0x73, 0x6d, 0x01, 0x00, 0x00, 0x00], // "\0asm", version 1
  ...[0x01, 0x05, 0x01, 0x60, 0x00, 0x01, 0x7b], // type: () -> v128
  ...[0x03, 0x02, 0x01, 0x00], // one function of that type
  ...[0x0a, 0x0a, 0x01, 0x08, 0x00, 0x41, 0x00, 0xfd, 0x0f, 0xfd, 0x62, 0x0b], // i32.const 0, splat, popcnt, end
);

/** `xent info`: prints versions, processor, SIMD support and kernels. Returns the exit code. */
export async function info({ json }: { readonly json: boolean }, terminal: Terminal, seams: Seams): Promise<number> {
  if (!WebAssembly.validate(SIMD_MODULE)) {
    throw new InputError(`Node ${process.versions.node} has no WebAssembly SIMD on this machine; use Node 20.20 or later`);
  }
  const engine = (await seams.loadInfo())();
  const facts = {
    version: engine.version,
    node: process.versions.node,
    cpu: cpus()[0]?.model.trim() ?? "unknown",
    cores: availableParallelism(),
    simd: true,
    relaxedSimd: engine.relaxedSimd,
    variant: engine.variant,
    memoryBytes: engine.memoryBytes,
  };
  if (json) {
    await print(terminal, jsonLine(facts));
    return 0;
  }
  const lines = nameValueLines([
    ["wasm-cross-entropy", facts.version],
    ["node", facts.node],
    ["processor", `${facts.cpu} (${facts.cores} cores)`],
    ["plain SIMD", "yes"],
    ["relaxed SIMD", facts.relaxedSimd ? "yes" : "no"],
    ["kernels used", facts.variant],
    ["WASM memory", `${facts.memoryBytes} bytes`],
  ]);
  terminal.stdout.write(`${lines.join("\n")}\n`);
  return 0;
}
