/** Numbers of options: the last that are taken, and the first that are not. */
import { expect, test } from "vitest";
import { safetensorsBytes, temporaryFolder } from "../files/written.js";
import { runHere } from "./stand-in.js";

const CLASSES = 100;

const folder = temporaryFolder();
const file = folder.write(
  "logits.safetensors",
  safetensorsBytes({
    logits: { dtype: "F32", shape: [2, CLASSES], data: new Float32Array(2 * CLASSES) },
    targets: { dtype: "I64", shape: [2], data: BigInt64Array.of(0n, 99n) },
  }),
);

const most = String(Number.MAX_SAFE_INTEGER);

test.each([
  ["--top", ["0", "1", "100"], ["-1", "101", "1.5", "NaN"]],
  ["--threads", ["1", "512"], ["0", "513", "1.5", "-1", "Infinity"]],
  ["--shift", ["0"], ["-1", "0.5", "9007199254740992"]],
  ["--ignore-index", ["-100", "1", most, `-${most}`], ["0.5", "9007199254740992", "Infinity"]],
  ["--softcap", ["1e-30", "1", "1e30"], ["0", "-1", "Infinity", "NaN", "9e-31", "1.1e30"]],
  ["--temperature", ["1e-30", "1", "1e30"], ["0", "-1", "Infinity", "NaN", "9e-31", "1.1e30"]],
] as const)("%s", async (option, taken, refused) => {
  for (const value of taken) {
    const { code, stderr } = await runHere(["score", file, `${option}=${value}`]);
    expect([value, code, stderr]).toEqual([value, 0, ""]);
  }
  for (const value of refused) {
    const { code, stdout, stderr } = await runHere(["score", file, `${option}=${value}`]);
    expect([value, code, stdout]).toEqual([value, 2, ""]);
    expect(stderr).toMatch(new RegExp(`^xent: ${option}: expected .*, got "${value}"\\n$`));
  }
});

test("--top is at most the number of classes", async () => {
  const few = folder.write(
    "few.safetensors",
    safetensorsBytes({
      logits: { dtype: "F32", shape: [1, 3], data: new Float32Array(3) },
      targets: { dtype: "I64", shape: [1], data: BigInt64Array.of(0n) },
    }),
  );
  expect((await runHere(["score", few, "--top", "3"])).code).toBe(0);
  const { code, stderr } = await runHere(["score", few, "--top", "4"]);
  expect([code, stderr]).toEqual([2, "xent: --top: expected at most 3, the number of classes, got 4\n"]);
});

test.each([
  ["--rows", ["0", "-1", "1.5", "9007199254740992"]],
  ["--classes", ["0", "-1", "1.5", "9007199254740992"]],
  ["--rounds", ["0", "1.5"]],
  ["--min-time", ["0", "-1", "Infinity"]],
] as const)("bench %s", async (option, refused) => {
  for (const value of refused) {
    const { code, stderr } = await runHere(["bench", `${option}=${value}`]);
    expect([value, code]).toEqual([value, 2]);
    expect(stderr).toMatch(new RegExp(`^xent: ${option}: expected .*, got "${value}"\\n$`));
  }
});

test.each(["--targets", "--logits", "--logits-name", "--targets-name", "--tokens", "--checkpoint"])(
  "%s without its value",
  async (option) => {
    for (const value of ["", "--json"]) {
      const { code, stderr } = await runHere(["score", file, option, value]);
      const remedy = value === "" ? "" : "; for a file of that name give ./--json";
      expect([code, stderr]).toEqual([2, `xent: ${option}: expected a value, got ${JSON.stringify(value)}${remedy}\n`]);
    }
  },
);
