/** An engine in a process of its own: it ends by itself, rests when idle, and stays of one size. */
import { execFile } from "node:child_process";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";
import { describe, expect, it } from "vitest";

const ROOT = fileURLToPath(new URL("../../", import.meta.url));
const run = promisify(execFile);

async function program(code: string): Promise<unknown> {
  const imports = `import { createEngine } from "wasm-cross-entropy";`;
  const { stdout } = await run(process.execPath, ["--expose-gc", "--input-type=module", "--eval", imports + code], {
    cwd: ROOT,
    timeout: 60_000,
  });
  return JSON.parse(stdout);
}

const LARGE = `
  const logits = Float32Array.from({ length: 3e6 }, (_, i) => (i % 97) / 9);
  const targets = new Int32Array(3000);
`;

describe("a process", () => {
  it("ends by itself beside an engine that nobody closed, before its first call and after", async () => {
    expect(await program("await createEngine({ threads: 2 }); console.log(1);")).toBe(1);
    const loss = await program(`${LARGE}
      const engine = await createEngine({ threads: 2 });
      console.log(await engine.crossEntropy(logits, targets));
    `);
    expect(loss).toBeGreaterThan(0);
  });

  it("is kept alive by a call under way, though nothing else does", async () => {
    const loss = await program(`${LARGE}
      const engine = await createEngine({ threads: 2 });
      engine.crossEntropy(logits, targets).then((loss) => console.log(loss));
    `);
    expect(loss).toBeGreaterThan(0);
  });

  it("rests while the engine is idle: less than a hundredth of a processor", async () => {
    const microseconds = await program(`${LARGE}
      const engine = await createEngine({ threads: 2 });
      for (let i = 0; i < 5; i++) await engine.crossEntropy(logits, targets);
      // V8 may still compile and collect garbage for a while
      const windows = [];
      while (windows.length < 20 && !windows.some((used) => used < 4000)) {
        const before = process.cpuUsage();
        await new Promise((resolve) => setTimeout(resolve, 400));
        const { user, system } = process.cpuUsage(before);
        windows.push(user + system);
      }
      console.log(Math.min(...windows));
    `);
    expect(microseconds).toBeLessThan(4000);
  });

  it("keeps no buffer of a call that is over", async () => {
    const isKept = await program(`
      const engine = await createEngine({ threads: 2 });
      const run = async () => {
        const logits = new Float32Array(new SharedArrayBuffer(12e6));
        await engine.crossEntropy(logits, new Int32Array(3000));
        return new WeakRef(logits.buffer);
      };
      const buffer = await run();
      for (let i = 0; i < 10 && buffer.deref(); i++) {
        await new Promise((resolve) => setTimeout(resolve, 20));
        gc();
      }
      console.log(buffer.deref() !== undefined);
    `);
    expect(isKept).toBe(false);
  });

  it("stays of one size over thousands of calls, and has nothing left open (scripts/soak.mjs)", async () => {
    const args = ["--expose-gc", "scripts/soak.mjs", "--small", "20000", "--large", "200", "--json"];
    const { stdout } = await run(process.execPath, args, { cwd: ROOT, timeout: 100_000 });
    const { figures, open } = JSON.parse(stdout) as { figures: { takenBytes: number; pending: number }[]; open: string[] };
    expect(figures).toHaveLength(3);
    expect(figures.every(({ pending }) => pending === 0)).toBe(true);
    expect(open).toEqual([]);
  });
});
