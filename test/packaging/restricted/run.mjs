// The package where something is missing or forbidden, and in other realms: what works, and what the user is told.
import { cpSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { markdownTable } from "../../../bench/harness/markdown.mjs";
import { runJest } from "../harness/jest.mjs";
import { run } from "../harness/processes.mjs";
import { answerOfWorker } from "../harness/workerd.mjs";

const LOSS = 0.38536225;
const SOURCES = fileURLToPath(new URL(".", import.meta.url));
const PERMISSION = process.allowedNodeEnvironmentFlags.has("--permission") ? "--permission" : "--experimental-permission";
const ADDRESS_SPACE = 6_000_000;

const node =
  (...flags) =>
  (folder) =>
    run(process.execPath, [...flags, "program.mjs"], folder).then(JSON.parse);
const limited = (flags) => (folder) =>
  run("sh", ["-c", `ulimit -v ${ADDRESS_SPACE}; exec "${process.execPath}" ${flags}`], folder).then(JSON.parse);

/** Where, how it is run, and what is right: a number stands for the loss, a pattern for an error. */
const CASES = [
  ["node --frozen-intrinsics", node("--frozen-intrinsics", "--no-warnings"), { plain: LOSS, local: LOSS, engine: LOSS }],
  [
    "node --jitless",
    node("--jitless", "--no-warnings"),
    { plain: /no WebAssembly.*--jitless/, local: /no WebAssembly/, engine: /no WebAssembly/ },
  ],
  [
    "node --permission",
    node(PERMISSION, "--allow-fs-read=*", "--no-warnings"),
    { plain: LOSS, local: LOSS, engine: /--allow-worker/ },
  ],
  [
    "node --permission --allow-worker",
    node(PERMISSION, "--allow-fs-read=*", "--allow-worker", "--no-warnings"),
    { plain: LOSS, local: LOSS, engine: LOSS },
  ],
  [
    `ulimit -v ${ADDRESS_SPACE}`,
    limited("program.mjs"),
    { plain: /too little address space.*`ulimit -v`/, local: /`ulimit -v`/, engine: /`ulimit -v`/ },
  ],
  // with this little, Node itself cannot start a thread
  [
    `ulimit -v ${ADDRESS_SPACE}, --disable-wasm-trap-handler`,
    limited("--disable-wasm-trap-handler program.mjs --no-engine"),
    { plain: LOSS, local: LOSS },
  ],
  ["vm context", (folder) => run(process.execPath, ["realm.mjs"], folder).then(JSON.parse), { plain: LOSS, local: LOSS }],
  ["Jest, ES modules", inJest, { plain: LOSS }],
  [
    "workerd (Cloudflare Workers)",
    (folder) => answerOfWorker(folder),
    {
      without: /refuses to compile.*setModule/,
      plain: LOSS,
      deterministic: LOSS,
      local: LOSS,
      engine: /no workers.*createLocalEngine/,
    },
  ],
];

async function inJest(folder) {
  await runJest(folder, "--testMatch", "**/jest.test.mjs");
  // the test compares with the same loss itself
  return { plain: LOSS };
}

/** Tries all of them, two at a time. Returns faults, and a table of what the user sees. */
export async function tryRestricted(project) {
  const lines = [];
  const faults = [];
  const left = CASES.entries();
  const work = async () => {
    for (const [index, [name, use, expected]] of left) {
      const folder = project.makeProject(`restricted ${index}`);
      cpSync(SOURCES, folder, { recursive: true });
      const found = await use(folder).catch((error) => ({ failed: String(error) }));
      const wrong = [...new Set([...Object.keys(expected), ...Object.keys(found)])].filter(
        (key) => !isRight(found[key], expected[key]),
      );
      faults.push(...wrong.map((key) => `${name}, ${key}: ${found[key]}`));
      lines[index] = [name, ...["plain", "local", "engine"].map((key) => seen(found[key]))];
    }
  };
  await Promise.all([work(), work()]);
  const columns = ["where", "plain function", "createLocalEngine", "createEngine"].map((heading) => ({ heading, align: "left" }));
  return { faults, table: markdownTable({ columns, lines }) };
}

function isRight(found, expected) {
  if (expected instanceof RegExp) return expected.test(found);
  return typeof found === "number" && Math.abs(found - expected) < 1e-6;
}

function seen(found) {
  if (typeof found === "number") return "works";
  return found === undefined ? "" : found.replace(/^\w*Error: wasm-cross-entropy: /, "");
}
