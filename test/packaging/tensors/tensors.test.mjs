// Tensors of transformers.js and onnxruntime, given to the package just as they come. Runs in a project with the packed package.
import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { test } from "node:test";
import * as transformers from "@huggingface/transformers";
import ort from "onnxruntime-node";
import { createEngine, crossEntropy, crossEntropyValueAndGrad, logSoftmax, nllLoss } from "wasm-cross-entropy";
import * as reference from "wasm-cross-entropy/reference";

const DIMS = [2, 3, 5];
const values = Array.from({ length: 30 }, (_, i) => ((i * 7) % 19) / 4 - 2);
const classes = [4, 0, 2, 1, 3, 3];
const expected = reference.crossEntropy(values, classes);

/** All of the values have no more than 6 significant bits: they are the same in float16. */
function halfWords(numbers) {
  return Uint16Array.from(numbers, (x) => {
    if (x === 0) return 0;
    const exponent = Math.floor(Math.log2(Math.abs(x)));
    const fraction = (Math.abs(x) / 2 ** exponent - 1) * 1024;
    return (x < 0 ? 0x8000 : 0) | ((exponent + 15) << 10) | fraction;
  });
}

const floats = {
  float32: () => Float32Array.from(values),
  float64: () => Float64Array.from(values),
  float16: () => halfWords(values),
};
const integers = {
  int64: () => BigInt64Array.from(classes, BigInt),
  int32: () => Int32Array.from(classes),
};

for (const [name, Tensor] of Object.entries({ "transformers.js": transformers.Tensor, onnxruntime: ort.Tensor })) {
  for (const [type, data] of Object.entries(floats)) {
    for (const [targetType, targetData] of Object.entries(integers)) {
      test(`${name}: ${type} logits, ${targetType} targets`, async () => {
        const logits = new Tensor(type, data(), DIMS);
        const targets = new Tensor(targetType, targetData(), DIMS.slice(0, -1));
        assert.equal(logits.type, type);
        closeTo(crossEntropy(logits, targets), expected);
        const { value, grad } = crossEntropyValueAndGrad(logits, targets);
        closeTo(value, expected);
        allCloseTo(grad, reference.crossEntropyValueAndGrad(values, classes).grad);
        const engine = await createEngine({ threads: 1 });
        closeTo(await engine.crossEntropy(logits, targets), expected);
        await engine.close();
      });
    }

    test(`${name}: logSoftmax of ${type}, along each axis`, () => {
      const logits = new Tensor(type, data(), DIMS);
      for (const axis of [0, 1, 2, -1]) {
        allCloseTo(logSoftmax(logits, { axis }), reference.logSoftmax(values, { shape: DIMS, axis }));
      }
    });
  }

  test(`${name}: what a general tensor holds is checked`, () => {
    const logits = new Tensor("float32", floats.float32(), DIMS);
    const words = new Tensor("string", classes.map(String), DIMS.slice(0, -1));
    const whole = new Tensor("int32", Int32Array.from(values), DIMS);
    assert.throws(() => crossEntropy(logits, words), { name: "TypeError", message: /^targets/ });
    assert.throws(() => crossEntropy(whole, classes), { name: "TypeError", message: /^logits\.data: expected a Float32Array/ });
    assert.throws(() => nllLoss(logits, logits), { name: "TypeError", message: /^targets\.data: expected class indices/ });
  });

  test(`${name}: uint8 and bool tensors are integers`, () => {
    const logits = new Tensor("float32", floats.float32(), DIMS);
    const targets = new Tensor("uint8", Uint8Array.from(classes), DIMS.slice(0, -1));
    closeTo(crossEntropy(logits, targets), expected);
    const bits = classes.map((target) => target % 2);
    const flags = new Tensor("bool", Uint8Array.from(bits), DIMS.slice(0, -1));
    closeTo(crossEntropy(logits, flags), reference.crossEntropy(values, bits));
  });

  test(`${name}: dims that do not fit are an error`, () => {
    const logits = new Tensor("float32", floats.float32(), DIMS);
    const targets = new Tensor("int64", integers.int64(), [3, 2]);
    assert.throws(() => crossEntropy(logits, targets), RangeError);
  });
}

test("onnxruntime: a tensor on the GPU says where it is", () => {
  const tensor = ort.Tensor.fromGpuBuffer({ size: 120, mapState: "unmapped" }, { dataType: "float32", dims: DIMS });
  assert.throws(() => crossEntropy(tensor, classes), /data is not on CPU/);
});

const passage = JSON.parse(readFileSync("data/devil.expected.json", "utf8")).f32;
const { ids } = JSON.parse(readFileSync("data/devil.tokens.json", "utf8"));

test("onnxruntime: a session's logits of a passage have the loss that was computed elsewhere", async () => {
  const session = await ort.InferenceSession.create("data/tiny-gpt/onnx/model.onnx");
  const before = BigInt64Array.from([0, ...ids.slice(0, -1)], BigInt);
  const dims = [1, ids.length];
  const noTokens = new ort.Tensor("float32", new Float32Array(0), [1, 6, 0, 24]);
  const cache = session.inputNames.filter((name) => name.startsWith("past_key_values")).map((name) => [name, noTokens]);
  const { logits } = await session.run({
    input_ids: new ort.Tensor("int64", before, dims),
    attention_mask: new ort.Tensor("int64", new BigInt64Array(ids.length).fill(1n), dims),
    position_ids: new ort.Tensor(
      "int64",
      BigInt64Array.from(ids, (_, at) => BigInt(at)),
      dims,
    ),
    ...Object.fromEntries(cache),
  });
  const targets = new ort.Tensor("int64", BigInt64Array.from(ids, BigInt), dims);
  closeTo(crossEntropy(logits, targets), passage.mean, 1e-6);
});

test("transformers.js: a model's logits of a text have the loss that was computed elsewhere", async () => {
  transformers.env.localModelPath = "data/";
  transformers.env.allowRemoteModels = false;
  const tokenizer = await transformers.AutoTokenizer.from_pretrained("tiny-gpt");
  const model = await transformers.AutoModelForCausalLM.from_pretrained("tiny-gpt", { dtype: "fp32" });
  const inputs = tokenizer(`<|endoftext|>${readFileSync("data/devil.txt", "utf8")}`);
  const { logits } = await model(inputs);
  closeTo(crossEntropy(logits.slice(null, [0, -1]), inputs.input_ids.slice(null, [1, null])), passage.mean, 1e-6);
});

function closeTo(actual, wanted, tolerance = 1e-7) {
  assert.ok(Math.abs(actual - wanted) <= tolerance * Math.max(1, Math.abs(wanted)), `${actual}, not ${wanted}`);
}

function allCloseTo(actual, wanted) {
  assert.equal(actual.length, wanted.length);
  for (const [i, value] of actual.entries()) closeTo(value, wanted[i], 4e-7);
}
