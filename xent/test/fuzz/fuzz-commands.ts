import { mkdirSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { npyBytes, npyDict, safetensorsBytes } from "../files/written.js";
import { zipBytes } from "../files/written-zip.js";
import { runChecked } from "./command.js";
import { type Draw, damaged } from "./draw.js";
import { demand, type Outcome } from "./fault.js";

const ODD_TEXTS = [
  "",
  " ",
  "-1",
  "0",
  "1e9",
  "1e400",
  "NaN",
  "0x10",
  "1_000",
  " 5 ",
  "5.5",
  "-0",
  "∞",
  "--json",
  "-",
  "--",
  "a\nb",
  "\x1b[31mred",
  "\u202eabc",
  "x".repeat(5000),
  "__proto__",
  "null",
  "[object Object]",
  "é",
  "a\0b",
  "%s%n",
  "*",
  "~",
] as const;

/** Options by the kind of their value. */
const OPTIONS = {
  none: [
    "--json",
    "--sums",
    "--resume",
    "--deterministic",
    "--no-color",
    "--help",
    "--version",
    "-h",
    "-v",
    "--unknown",
    "--Json",
  ],
  input: ["--logits", "--targets", "--token-bytes", "--passage"],
  output: ["--report", "--tokens", "--checkpoint"],
  text: ["--logits-name", "--targets-name", "--token-bytes-name", "--other-name"],
  number: ["--shift", "--ignore-index", "--softcap", "--temperature", "--threads", "--top", "--rounds", "--min-time"],
} as const;

/** Command lines of known and unknown options, values and files. They run in a folder of their own. */
export async function fuzzArguments(draw: Draw, folder: string): Promise<Outcome> {
  const place = join(folder, "arguments");
  rmSync(place, { recursive: true, force: true });
  mkdirSync(join(place, "sub"), { recursive: true });
  const data = Float32Array.from({ length: 12 }, (_, index) => Math.cos(index));
  writeFileSync(
    join(place, "a.safetensors"),
    safetensorsBytes({
      logits: { dtype: "F32", shape: [4, 3], data },
      targets: { dtype: "I8", shape: [4], data: Int8Array.of(0, 1, 2, 0) },
      token_bytes: { dtype: "U8", shape: [3], data: Uint8Array.of(1, 2, 3) },
    }),
  );
  writeFileSync(join(place, "b.npy"), npyBytes(npyDict("<f4", [4, 3]), data));
  writeFileSync(join(place, "p.json"), '{"ids":[0,1,2,0],"tokens":["a","b","c","d"]}');
  symlinkSync("loop", join(place, "loop"));
  const inputs = [
    "a.safetensors",
    "a.safetensors",
    "a.safetensors",
    "b.npy",
    "p.json",
    "sub",
    "none.npy",
    "loop",
    "a.safetensors/x",
    ...ODD_TEXTS,
  ] as const;
  const outputs = [
    "t.csv",
    "t.jsonl",
    "t.parquet",
    "r.html",
    "sub/r.html",
    "sub",
    "no/t.csv",
    "a.safetensors",
    "loop",
    "t.csv.partial",
    ...ODD_TEXTS,
  ] as const;
  const value = {
    none: () => [],
    input: () => [draw.pick(inputs)],
    output: () => [draw.pick(outputs)],
    text: () => [draw.pick(["logits", "targets", "token_bytes", ...ODD_TEXTS] as const)],
    number: () => [draw.chance(0.5) ? String(draw.integer(5)) : draw.pick(ODD_TEXTS)],
  } as const;
  const argv: string[] = [draw.pick(["score", "score", "score", "compare", "info", "bench", "help", ...ODD_TEXTS] as const)];
  if (draw.chance(0.8)) argv.push(draw.pick(inputs));
  if (argv[0] === "compare" && draw.chance(0.9)) argv.push(draw.pick(inputs));
  for (let count = draw.integer(5); count > 0; count--) {
    const kind = draw.pick(["none", "input", "output", "text", "number"] as const);
    const option = draw.pick(OPTIONS[kind] as readonly [string, ...string[]]);
    const given = draw.chance(0.05) ? [] : value[kind]();
    if (draw.chance(0.2) && given.length > 0) argv.push(`${option}=${given[0]}`);
    else argv.push(option, ...given);
  }
  // "run" would write into the folder in which the tests run
  const home = process.cwd();
  process.chdir(place);
  try {
    return (await runChecked(argv)).outcome;
  } finally {
    process.chdir(home);
  }
}

/** The files of a small evaluation in every container: the same totals from all of them; damaged, an error or possible totals. */
export async function fuzzInputs(draw: Draw, folder: string): Promise<Outcome> {
  const place = join(folder, "inputs");
  rmSync(place, { recursive: true, force: true });
  mkdirSync(place);
  const [rows, classes] = [1 + draw.integer(5), 1 + draw.integer(5)];
  const logits = Float32Array.from({ length: rows * classes }, () => (draw.chance(0.01) ? Number.NaN : draw.uniform() * 8 - 4));
  const most = classes + (draw.chance(0.1) ? 1 : 0);
  const targets = BigInt64Array.from({ length: rows }, () => (draw.chance(0.1) ? -100n : BigInt(draw.integer(most))));
  const forms = [
    form(draw, place, "x", logits, targets, [rows, classes]),
    form(draw, place, "y", logits, targets, [rows, classes]),
  ];
  const printed = [];
  for (const argv of forms) printed.push(await runChecked(["score", ...argv.argv, "--json"]));
  const [first, second] = printed;
  if (forms.every(({ isDamaged }) => !isDamaged)) {
    const timeless = (stdout = "") => stdout.replace(/"seconds":[^,}]*/, "");
    demand(
      first?.code === second?.code && timeless(first?.stdout) === timeless(second?.stdout),
      "other totals from another container",
      JSON.stringify(forms),
    );
  }
  return first?.outcome ?? "refused";
}

function form(
  draw: Draw,
  place: string,
  name: string,
  logits: Float32Array,
  targets: BigInt64Array,
  shape: readonly number[],
): { argv: string[]; isDamaged: boolean } {
  const rows = shape[0] ?? 0;
  let isDamaged = false;
  const put = (file: string, bytes: Uint8Array) => {
    const made = draw.chance(0.5) ? damaged(draw, { bytes, broken: [] }) : { bytes, broken: [] };
    isDamaged ||= made.broken.length > 0;
    const path = join(place, `${name}${file}`);
    writeFileSync(path, made.bytes);
    return path;
  };
  const npy = [npyBytes(npyDict("<f4", shape), logits), npyBytes(npyDict("<i8", [rows]), targets)] as const;
  const members = (deflated: boolean, zip64: boolean) =>
    zipBytes(
      [
        { name: "logits.npy", data: npy[0], deflated },
        { name: "targets.npy", data: npy[1], deflated },
      ],
      zip64,
    );
  const tensors = { logits: { dtype: "F32", shape, data: logits }, targets: { dtype: "I64", shape: [rows], data: targets } };
  const argv = draw.pick<() => string[]>([
    () => [put(".safetensors", safetensorsBytes(tensors))],
    () => [put(".npz", members(draw.chance(0.5), draw.chance(0.5)))],
    () => [put(".npy", npy[0]), "--targets", put("-ids.npy", npy[1])],
    () => {
      const path = join(place, name);
      mkdirSync(path);
      put("/0.safetensors", safetensorsBytes(tensors));
      if (draw.chance(0.3)) put("/._0.safetensors", new Uint8Array(4));
      if (draw.chance(0.5))
        put("/m.index.json", Buffer.from('{"weight_map":{"logits":"0.safetensors","targets":"0.safetensors"}}'));
      return [path];
    },
  ])();
  return { argv, isDamaged };
}
