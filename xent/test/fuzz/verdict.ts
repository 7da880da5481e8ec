import { createHash } from "node:crypto";
import { elementBytes } from "../../src/files/dtypes.js";
import { InputError } from "../../src/files/input-error.js";
import { elementCount, type TensorEntry } from "../../src/files/tensor.js";
import { openTensorFile } from "../../src/files/tensor-file.js";

/**
 * What a reader makes of a file: of each tensor its dtype, shape and the hash of its bytes, `F32[2,3]:0123456789ab`, or why it refuses,
 * `!` and the error; or such an error for the whole file. oracle.py writes the same of numpy and safetensors.
 */
export type Verdict = string | Readonly<Record<string, string>>;

/** Bytes per read, so that a file that claims to be large takes little memory. */
const CHUNK = 4096;

/** What readers say of a file; anything but an InputError is a fault and is thrown. */
export async function verdictOf(path: string): Promise<Verdict> {
  const opened = await attempt(() => openTensorFile(path));
  if (typeof opened === "string") return opened;
  try {
    const tensors: [string, string][] = [];
    for (const name of opened.names) {
      tensors.push([name, await attempt(async () => described(opened.find(name, "--name")))]);
    }
    return Object.fromEntries(tensors);
  } finally {
    opened.close();
  }
}

async function attempt<Result>(operation: () => Result | Promise<Result>): Promise<Result | string> {
  try {
    return await operation();
  } catch (error) {
    if (!(error instanceof InputError)) throw error;
    checkMessage(error.message);
    return `!${error.message}`;
  }
}

/** @throws Error for a message that is not one line of at most 300 characters */
export function checkMessage(message: string): void {
  if (message.length > 300 || /[\p{Cc}\p{Zl}\p{Zp}\p{Bidi_Control}]/u.test(message)) {
    throw new Error(`an error is not one line of at most 300 characters: ${JSON.stringify(message)}`);
  }
}

async function described({ file, dtype, shape, byteOffset }: TensorEntry): Promise<string> {
  const size = elementBytes(dtype);
  if (size === undefined) return `${dtype}[${shape}]:?`;
  const length = elementCount(shape) * size;
  const hash = createHash("sha256");
  for (let done = 0; done < length; done += CHUNK) {
    const chunk = new Uint8Array(Math.min(CHUNK, length - done));
    await file.fill(chunk, byteOffset + done);
    hash.update(chunk);
  }
  return `${dtype}[${shape}]:${hash.digest("hex").slice(0, 12)}`;
}
