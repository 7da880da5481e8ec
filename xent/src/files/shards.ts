import { readdirSync, realpathSync, statSync } from "node:fs";
import { dirname, join, sep } from "node:path";
import { isAddress, withoutSecrets } from "./address.js";
import { attempt } from "./attempt.js";
import { ByteFile } from "./byte-file.js";
import { elementBytes } from "./dtypes.js";
import { byName, globbed, isGlob } from "./globs.js";
import { InputError } from "./input-error.js";
import { JoinedBytes } from "./joined-bytes.js";
import { readJson } from "./json-file.js";
import { isStdin, LOCAL, type OpenHow } from "./open-input.js";
import { elementCount, labelOf, type TensorEntry } from "./tensor.js";
import { noTensor, openTensorFile, openTensorInput, type TensorFile } from "./tensor-file.js";

/**
 * Tensors in several files, whose rows are concatenated:
 *
 *     a folder       its index if it has one; else its .safetensors, .npy and .npz files, sorted by name, numbers by value
 *     several files  in the order given; those of a pattern (part-*.npy) sorted in the same way
 *     *.index.json   { "weight_map": { TENSOR: FILE, ... } }, as in transformers: its files in the order of their first mention
 *
 * Names that begin with a dot are skipped: macOS leaves ._NAME beside NAME on other systems' disks.
 *
 * A path that the user gives is followed wherever its links lead. What an index or a folder names stays within the folder, whether by
 * its name or through a link; only the links of Hugging Face's cache are followed, to the files of the same model.
 *
 * The tensor NAME joins the tensors called NAME of all files. If no file has one, it joins NAME.0, NAME.1, ... by number.
 */
const INDEX = ".index.json";
const SHARD = /\.(safetensors|npy|npz)$/;

const FORM = { expected: 'expected { "weight_map": { TENSOR: FILE } }', largest: 2 ** 26 };

/**
 * Opens a tensor file, a folder of tensor files, an index, a pattern of files, an address, or stdin.
 * @param more further files, whose rows follow
 * @throws InputError when a file cannot be opened or is not a tensor file
 */
export async function openTensors(path: string, how: OpenHow = LOCAL, more: readonly string[] = []): Promise<TensorFile> {
  if (more.length > 0) return openSeveral([path, ...more], how);
  if (isStdin(path) || isAddress(path)) return openOther(path, how);
  if (isGlob(path)) return openSeveral([path], how);
  if (path.endsWith(INDEX)) return openWithin(path, dirname(path), indexed(path), new ByteFile(path));
  const isFolder = attempt(path, () => statSync(path)).isDirectory();
  return isFolder ? openFolder(path) : openTensorFile(path);
}

async function openOther(path: string, how: OpenHow): Promise<TensorFile> {
  if (!isAddress(path) || !path.endsWith(INDEX)) return openTensorInput(path, how);
  throw new InputError(`${withoutSecrets(path)}: an index is read from a folder only; give the addresses of its files`);
}

/** Opens the files that the user names, in their order, and those of each pattern. */
async function openSeveral(paths: readonly string[], how: OpenHow): Promise<TensorFile> {
  const files = paths.flatMap((path) => (!isStdin(path) && !isAddress(path) && isGlob(path) ? globbed(path) : [path]));
  const [first = "", ...others] = files.map(withoutSecrets);
  const label = others.length === 0 ? first : `${first} and ${others.length} more`;
  const again = files.find((file, index) => files.indexOf(file) !== index);
  if (again !== undefined)
    throw new InputError(`${withoutSecrets(again)}: is given twice, so its rows would count twice; give each file once`);
  return openShards(label, files, (file) => openTensors(file, how));
}

async function openFolder(path: string): Promise<TensorFile> {
  const names = attempt(path, () => readdirSync(path))
    .filter((name) => !name.startsWith("."))
    .sort(byName);
  const [index, ...more] = names.filter((name) => name.endsWith(INDEX));
  if (more.length > 0) throw new InputError(`${path}: has ${more.length + 1} *${INDEX} files; give one of them`);
  if (index !== undefined) return openTensors(within(path, path, index));
  const files = names.filter((name) => SHARD.test(name));
  if (files.length === 0) throw new InputError(`${path}: is a folder without .safetensors, .npy or .npz files`);
  return openWithin(path, path, files);
}

/** Returns the files of an index, in the order of their first mention. */
function indexed(path: string): string[] {
  const files = new Set<string>();
  const refusal = () => new InputError(`${path}: ${FORM.expected}`);
  readJson(path, FORM, (json) => {
    if (json.kind !== "object") throw refusal();
    json.object((key) => {
      if (key !== "weight_map") return json.skip();
      if (json.kind !== "object") throw refusal();
      json.object(() => {
        if (json.kind !== "string") throw refusal();
        files.add(json.string());
      });
    });
  });
  if (files.size === 0) throw refusal();
  return [...files];
}

/** @throws InputError when a file is outside the folder, by its name or through a link */
function within(path: string, folder: string, file: string): string {
  const full = join(folder, file);
  const real = attempt(full, () => realpathSync(full));
  const inside = attempt(folder, () => realpathSync(folder));
  if (real.startsWith(inside.endsWith(sep) ? inside : inside + sep) || dirname(real) === blobsOf(inside)) return full;
  throw new InputError(
    `${path}: leads to ${JSON.stringify(file)}, which is outside its folder; put the file itself into the folder`,
  );
}

/** A folder of Hugging Face's cache. Its files are links: models--ORG--NAME/snapshots/REVISION/FILE -> ../../blobs/HASH. */
const SNAPSHOT = /^(.*[\\/](?:models|datasets|spaces)--[^\\/]+)[\\/]snapshots[\\/][^\\/]+(?:[\\/]|$)/;

/** Returns the folder of the files that a snapshot links to; undefined for other folders. */
function blobsOf(folder: string): string | undefined {
  const cache = SNAPSHOT.exec(folder)?.[1];
  return cache === undefined ? undefined : join(cache, "blobs");
}

function openWithin(path: string, folder: string, files: readonly string[], index?: ByteFile): Promise<TensorFile> {
  return openShards(path, files, (file) => openTensorFile(within(path, folder, file)), index);
}

async function openShards(
  path: string,
  files: readonly string[],
  open: (file: string) => TensorFile | Promise<TensorFile>,
  index?: ByteFile,
): Promise<TensorFile> {
  const shards: TensorFile[] = [];
  const close = () => {
    for (const opened of [...shards, ...(index ? [index] : [])]) opened.close();
  };
  try {
    for (const file of files) shards.push(await open(file));
  } catch (error) {
    close();
    throw error;
  }
  const names = [...new Set(shards.flatMap((shard) => shard.names))];
  return {
    path,
    format: "shards",
    names,
    files: [...shards.flatMap((shard) => shard.files), ...(index ? [index] : [])],
    find: (name, option) => {
      const parts = partsOf(shards, name, option);
      return parts.length === 0 ? noTensor(path, names, name, option) : joined(path, name, parts);
    },
    has: (name) => shards.some((shard) => shard.has(name)) || numberedParts(shards, name).length > 0,
    close,
  };
}

function partsOf(shards: readonly TensorFile[], name: string, option: string): TensorEntry[] {
  const whole = shards.filter((shard) => shard.format === "npy" || shard.has(name));
  if (whole.length > 0) return whole.map((shard) => shard.find(name, option));
  return numberedParts(shards, name).map(({ shard, part }) => shard.find(part, option));
}

/** The tensors NAME.0, NAME.1, ... by number. */
function numberedParts(shards: readonly TensorFile[], name: string): { shard: TensorFile; part: string }[] {
  const number = (part: string) => (part.startsWith(`${name}.`) ? part.slice(name.length + 1) : "");
  return shards
    .flatMap((shard) => shard.names.map((part) => ({ shard, part })))
    .filter(({ part }) => /^\d+$/.test(number(part)))
    .sort((a, b) => Number(number(a.part)) - Number(number(b.part)));
}

/** Concatenates parts into one tensor of shape [total rows, columns], or [total elements] for one-dimensional parts. */
function joined(path: string, name: string, parts: readonly TensorEntry[]): TensorEntry {
  const [first] = parts;
  if (first === undefined) return noTensor(path, [], name, "");
  if (parts.length === 1) return first.isNamedByFile ? first : { ...first, name };
  const columns = first.shape.length < 2 ? [] : first.shape.slice(-1);
  for (const part of parts) {
    const own = part.shape.length < 2 ? [] : part.shape.slice(-1);
    if (part.dtype === first.dtype && own.join() === columns.join()) continue;
    const described = ({ dtype, shape }: TensorEntry) => `${dtype} of shape [${shape}]`;
    throw new InputError(
      `${labelOf(part)}: expected the dtype and row length of ${labelOf(first)}, ${described(first)}, got ${described(part)}`,
    );
  }
  const rows = parts.reduce((sum, { shape }) => sum + elementCount(shape.length < 2 ? shape : shape.slice(0, -1)), 0);
  const size = elementBytes(first.dtype) ?? 0;
  const bytes = new JoinedBytes(
    path,
    parts.map(({ file, shape, byteOffset }) => ({ source: file, offset: byteOffset, length: elementCount(shape) * size })),
  );
  const shapes = parts.map(({ shape }) => shape);
  return { file: bytes, name, dtype: first.dtype, shape: [rows, ...columns], joined: shapes, byteOffset: 0 };
}
