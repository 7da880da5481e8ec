import { mkdirSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { InputError } from "../../src/files/input-error.js";
import { openTensors } from "../../src/files/shards.js";
import { asIntegers } from "../../src/files/tensor.js";
import { readTokensFile } from "../../src/files/tokens-file.js";
import { safetensorsBytes } from "../files/written.js";
import { Breaks, type Draw } from "./draw.js";
import { demand, type Outcome } from "./fault.js";
import { changedJson, encoded, ODD_VALUES } from "./json-forms.js";
import { checkMessage } from "./verdict.js";

/** Passages: what is read is what JSON.parse gives, and of the right form. */
export function fuzzTokens(draw: Draw, folder: string): Outcome {
  const breaks = new Breaks(draw, 0.1);
  const length = draw.integer(6);
  const ids = Array.from({ length }, () => breaks.of("id", `${draw.integer(100)}`, () => draw.pick(ODD_VALUES)));
  const tokens = Array.from({ length: breaks.of("length", length, () => draw.integer(6)) }, () =>
    breaks.of("token", JSON.stringify(draw.pick(["a", " b", "é", "\n", '"', "\\", "😀", ""])), () =>
      draw.pick([...ODD_VALUES, '"\\ud800"', '"\\u0061"'] as [string, ...string[]]),
    ),
  );
  const entries = [`"ids":[${ids}]`, `"tokens":[${tokens}]`];
  if (draw.chance(0.3)) entries.push(draw.pick(['"x":1', '"ids":[1]', '"\\u0069ds":[]', '"x":{"y":[]}', '"__proto__":{}']));
  const json = breaks.of("JSON", `{${entries}}`, () => changedJson(draw, `{${entries}}`));
  const path = join(folder, "tokens.json");
  writeFileSync(path, encoded(draw, breaks, json));
  const expected = expectedTokens(json);
  let read: ReturnType<typeof readTokensFile>;
  try {
    read = readTokensFile(path);
  } catch (error) {
    if (!(error instanceof InputError)) throw error;
    checkMessage(error.message);
    demand(expected === undefined || breaks.names.includes("encoding") || /twice/.test(error.message), "refuses a passage", json);
    return "refused";
  }
  demand(expected !== undefined || breaks.names.includes("encoding"), "reads what is no passage", json);
  const same = JSON.stringify([read.ids, read.tokens]) === JSON.stringify([expected?.ids, expected?.tokens]);
  demand(same || breaks.names.includes("encoding"), "reads other tokens", json);
  return "read";
}

function expectedTokens(json: string): { ids: number[]; tokens: string[] } | undefined {
  try {
    const { ids, tokens } = JSON.parse(json) as { ids: unknown; tokens: unknown };
    const isPassage =
      Array.isArray(ids) &&
      Array.isArray(tokens) &&
      ids.length === tokens.length &&
      ids.every(Number.isSafeInteger) &&
      tokens.every((token) => typeof token === "string");
    return isPassage ? { ids: ids as number[], tokens: tokens as string[] } : undefined;
  } catch {
    return undefined;
  }
}

const ids = (values: readonly number[]) =>
  safetensorsBytes({ ids: { dtype: "I32", shape: [values.length], data: Int32Array.from(values) } });
/** In every file outside the folder. */
const SECRET = 4242;

/** Indices and folders: nothing outside the folder is read, whatever names and links there are. */
export async function fuzzShards(draw: Draw, folder: string): Promise<Outcome> {
  const place = join(folder, "shards");
  rmSync(place, { recursive: true, force: true });
  const inner = join(place, draw.pick(["model", "models--a--b/snapshots/0"]));
  mkdirSync(join(inner, "sub"), { recursive: true });
  mkdirSync(join(place, "models--a--b/blobs"), { recursive: true });
  for (const [index, name] of ["a.safetensors", "b.safetensors", "sub/c.safetensors"].entries())
    writeFileSync(join(inner, name), ids([index]));
  const secret = join(place, "secret.safetensors");
  writeFileSync(secret, ids([SECRET]));
  writeFileSync(join(place, "models--a--b/blobs/hash"), ids([9]));
  symlinkSync(
    draw.pick([
      secret,
      "../secret.safetensors",
      "../../../secret.safetensors",
      "../../blobs/hash",
      "../../blobs/../blobs/hash",
      "../../blobs/gone",
      "d.safetensors",
      ".",
      "/",
    ]),
    join(inner, "d.safetensors"),
  );
  symlinkSync(draw.pick([place, "..", "sub", "../../../.."]), join(inner, "e"));
  if (draw.chance(0.2)) symlinkSync(secret, join(place, "models--a--b/blobs/link"));
  const inside = ["a.safetensors", "b.safetensors", "./b.safetensors", "sub/c.safetensors"] as const;
  const names = [
    "a.safetensors",
    "b.safetensors",
    "./b.safetensors",
    "sub/c.safetensors",
    "d.safetensors",
    "e/secret.safetensors",
    "e/c.safetensors",
    "../secret.safetensors",
    "../../../secret.safetensors",
    secret,
    "",
    ".",
    "..",
    "a\0b",
    "x".repeat(300),
    "sub",
    "../../blobs/hash",
    "../../blobs/link",
  ] as const;
  const map = Array.from(
    { length: draw.integer(4) },
    (_, index) =>
      `"t.${index}":${draw.chance(0.97) ? JSON.stringify(draw.pick(draw.chance(0.6) ? inside : names)) : draw.pick(ODD_VALUES)}`,
  );
  const json = `{"metadata":{},"weight_map":{${map}}}`;
  const breaks = new Breaks(draw, 0.05);
  const hasIndex = draw.chance(0.8);
  const index = join(inner, "m.index.json");
  if (hasIndex)
    writeFileSync(
      index,
      encoded(
        draw,
        breaks,
        breaks.of("JSON", json, () => changedJson(draw, json)),
      ),
    );
  try {
    const file = await openTensors(hasIndex && draw.chance(0.5) ? index : inner);
    try {
      const values = asIntegers(file.find("ids", "--name"), "ids").readAll();
      demand(!Array.from(values as ArrayLike<number>).includes(SECRET), "reads a file outside the folder", json);
    } finally {
      file.close();
    }
    return "read";
  } catch (error) {
    if (!(error instanceof InputError)) throw error;
    checkMessage(error.message);
    return "refused";
  }
}
