import fc from "fast-check";
import { expect, test } from "vitest";
import { InputError } from "../../src/files/input-error.js";
import { asIntegers, asLogits } from "../../src/files/tensor.js";
import { openTensorFile } from "../../src/files/tensor-file.js";
import { readTokensFile } from "../../src/files/tokens-file.js";
import { npyBytes, npyDict, safetensorsBytes, temporaryFolder, withHeader } from "./written.js";

/** Any file content is either read or refused with a one-line InputError. Nothing else is thrown, nothing large is allocated. */

const folder = temporaryFolder();

async function readAllOf(path: string): Promise<void> {
  const file = await openTensorFile(path);
  try {
    for (const name of file.names) {
      const entry = file.find(name, "");
      const read = entry.dtype.startsWith("F") ? asLogits : asIntegers;
      const tensor = read(entry, "tensor");
      expect(tensor.readAll().length).toBe(tensor.length);
    }
  } finally {
    file.close();
  }
}

async function expectReadOrRefused(read: () => unknown): Promise<void> {
  try {
    await read();
  } catch (error) {
    if (!(error instanceof InputError)) throw error;
    expect(error.message).toMatch(/^[^\p{Cc}]+$/u);
  }
}

const seeds = {
  safetensors: safetensorsBytes({
    logits: { dtype: "F32", shape: [2, 3], data: new Float32Array(6) },
    targets: { dtype: "I64", shape: [2], data: new BigInt64Array(2) },
  }),
  npy: npyBytes(npyDict("<i4", [2, 3]), new Int32Array(6)),
};

/** Replaces, cuts off or repeats some bytes of a file. */
const garbled = (bytes: Uint8Array) =>
  fc
    .record({
      edits: fc.array(fc.tuple(fc.nat(bytes.length - 1), fc.nat(255)), { maxLength: 6 }),
      length: fc.oneof(fc.constant(bytes.length), fc.nat(bytes.length)),
      tail: fc.uint8Array({ maxLength: 20 }),
    })
    .map(({ edits, length, tail }) => {
      const copy = bytes.slice();
      for (const [position, value] of edits) copy[position] = value;
      return new Uint8Array([...copy.slice(0, length), ...tail]);
    });

test.each(["safetensors", "npy"] as const)("garbled %s", async (ending) => {
  await fc.assert(
    fc.asyncProperty(garbled(seeds[ending]), async (bytes) => {
      await expectReadOrRefused(() => readAllOf(folder.write(`garbled.${ending}`, bytes)));
    }),
    { numRuns: 1500 },
  );
});

test("every truncation", async () => {
  for (const ending of ["safetensors", "npy"] as const) {
    const bytes = seeds[ending];
    for (let length = 0; length < bytes.length; length++) {
      const path = folder.write(`short.${ending}`, bytes.slice(0, length));
      await expect(readAllOf(path), `${length} bytes`).rejects.toThrow(InputError);
    }
  }
});

test("any bytes at all", async () => {
  await fc.assert(
    fc.asyncProperty(fc.uint8Array({ maxLength: 64 }), fc.constantFrom("npy", "safetensors", "bin"), async (bytes, ending) => {
      await expectReadOrRefused(() => readAllOf(folder.write(`any.${ending}`, bytes)));
    }),
    { numRuns: 500 },
  );
});

test("any JSON as a safetensors header", async () => {
  const size = fc.oneof(fc.nat(8), fc.maxSafeInteger(), fc.double());
  const entry = fc.record(
    {
      dtype: fc.oneof(fc.constantFrom("F32", "I64", "U8", "BOOL", "constructor", "__proto__"), fc.string()),
      shape: fc.oneof(fc.array(size, { maxLength: 4 }), fc.jsonValue()),
      data_offsets: fc.oneof(fc.tuple(size, size), fc.jsonValue()),
    },
    { requiredKeys: [] },
  );
  const name = fc.oneof(fc.constantFrom("logits", "__proto__", "__metadata__"), fc.string());
  const header = fc.oneof(fc.dictionary(name, fc.oneof(entry, fc.jsonValue())), fc.jsonValue());
  await fc.assert(
    fc.asyncProperty(header, fc.nat(40), async (value, dataBytes) => {
      const bytes = withHeader(JSON.stringify(value), [new Uint8Array(dataBytes)]);
      await expectReadOrRefused(() => readAllOf(folder.write("json.safetensors", bytes)));
    }),
    { numRuns: 1000 },
  );
});

test("any text as a .npy header", async () => {
  const value = fc.oneof(fc.string(), fc.constantFrom("'<f4'", "(2, 3)", "True", "(1e9,)", "(9999999999,)", "'|O'"));
  await fc.assert(
    fc.asyncProperty(value, value, value, async (descr, order, shape) => {
      const bytes = npyBytes(`{'descr': ${descr}, 'fortran_order': ${order}, 'shape': ${shape}, }`, new Uint8Array(24));
      await expectReadOrRefused(() => readAllOf(folder.write("text.npy", bytes)));
    }),
    { numRuns: 1000 },
  );
});

test("any JSON, and any text, as a tokens file", async () => {
  const content = fc.oneof(
    fc.json(),
    fc.string(),
    fc.record({ ids: fc.jsonValue(), tokens: fc.jsonValue() }).map((value) => JSON.stringify(value)),
  );
  await fc.assert(
    fc.asyncProperty(content, async (text) => {
      await expectReadOrRefused(() => readTokensFile(folder.write("tokens.json", new TextEncoder().encode(text))));
    }),
  );
});
