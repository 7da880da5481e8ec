import { describe, expect, it } from "vitest";
import { safetensorsBytes } from "../../../xent/test/files/written.js";
import { chooseTensors } from "../src/files/choose-tensors.js";
import { tensorsOf } from "../src/files/tensors-of.js";

const LOGITS = { dtype: "F32", shape: [2, 3], data: new Float32Array(6) };
const IDS = { dtype: "I32", shape: [2], data: new Int32Array(2) };
const TABLE = { dtype: "I32", shape: [3], data: new Int32Array(3) };

async function choose(tensors: Parameters<typeof safetensorsBytes>[0]) {
  const bytes = safetensorsBytes(tensors) as Uint8Array<ArrayBuffer>;
  const { logits, targets, tokenBytes } = chooseTensors(await tensorsOf(new File([bytes], "x.safetensors")));
  return [logits, targets, tokenBytes].map((chosen) => chosen?.name);
}

describe("chooseTensors", () => {
  it("prefers names", async () => {
    const tensors = { logits: LOGITS, other: LOGITS, targets: IDS, positions: IDS, token_bytes: TABLE };
    expect(await choose(tensors)).toEqual(["logits", "targets", "token_bytes"]);
  });

  it("else takes the only tensor of a suitable type; token bytes are not targets", async () => {
    expect(await choose({ scores: LOGITS, next: IDS, token_bytes: TABLE })).toEqual(["scores", "next", "token_bytes"]);
  });

  it("lists the tensors present when the choice is ambiguous", async () => {
    await expect(choose({ logits: LOGITS, next: IDS, positions: IDS })).rejects.toThrow(
      'targets: expected one tensor named "targets", or only one of integers, one per row of the logits; got ' +
        'x.safetensors: tensor "logits" (F32 [2,3]), x.safetensors: tensor "next" (I32 [2]), x.safetensors: tensor "positions" (I32 [2]). ' +
        "Choose or drop the files together",
    );
    await expect(choose({ a: LOGITS, b: LOGITS, targets: IDS })).rejects.toThrow('logits: expected one tensor named "logits"');
  });
});
