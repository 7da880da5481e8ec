import { readFileSync } from "node:fs";
import { describe, expect, test } from "vitest";
import { safetensorsBytes, temporaryFolder } from "../files/written.js";
import { runHere } from "./stand-in.js";

const folder = temporaryFolder();
const DEVIL = "examples/data/devil.f32.safetensors";
const TOKENS = "examples/data/devil.tokens.json";

/** Three rows of four classes; the last target is ignored. */
const smallFile = folder.write(
  "small.safetensors",
  safetensorsBytes({
    logits: { dtype: "F32", shape: [3, 4], data: Float32Array.of(2, 1, 0.5, 0, 0, 0, 0, 0, 9, 9, 9, 9) },
    targets: { dtype: "I64", shape: [3], data: BigInt64Array.of(0n, 3n, -100n) },
  }),
);

describe("--passage", () => {
  test("is checked against the targets", async () => {
    const other = await runHere(["score", DEVIL, "--passage", "examples/data/widget.tokens.json"]);
    expect(other).toEqual({
      code: 2,
      stdout: "",
      stderr:
        `xent: examples/data/widget.tokens.json: has 255 tokens, but ${DEVIL}: tensor "targets" has 246 targets; ` +
        "give the tokens of the same passage\n",
    });
    const tokens = JSON.parse(readFileSync(TOKENS, "utf8"));
    tokens.ids[17] = 9;
    const changed = folder.write("changed.json", new TextEncoder().encode(JSON.stringify(tokens)));
    expect((await runHere(["score", DEVIL, "--passage", changed])).stderr).toBe(
      `xent: ${changed}: ids[17]: expected 1558, the target in row 17 of ${DEVIL}: tensor "targets", got 9; ` +
        "give the tokens of the same passage\n",
    );
  });

  test("without colours: marks under the text, and the most surprising tokens in brackets", async () => {
    const { code, stdout } = await runHere(["score", DEVIL, "--passage", TOKENS]);
    expect(code).toBe(0);
    expect(stdout).not.toContain("\x1b");
    const [, text = "", table = ""] = /\n\n(bits: .*?)\n\nmost surprising tokens\n(.*)$/s.exec(stdout) ?? [];
    expect(text.split("\n").slice(0, 4)).toEqual([
      "bits: blank 0-1   . 1-2   : 2-4   - 4-6   = 6-8   + 8-10   * 10-14   # 14+",
      "",
      "WHEAT, n.  A cereal from which a tolerably good whisky can with some↵",
      "*=-++:..  ..==:::--*****--------++++++----+++++***---:*********+++++",
    ]);
    const shown = text
      .split("\n")
      .filter((line) => line.endsWith("↵") || line === "inexperienced.  A passion that goeth before a sprawl.");
    const original = readFileSync("examples/data/devil.txt", "utf8").replaceAll("\n", "↵\n");
    expect(shown.join("\n")).toBe(original);
    expect(table.split("\n").slice(0, 3)).toEqual([
      "rank   bits  row  token     in context",
      '   1  18.82   57  " ca"     … are↵said to eat more bread _per[ ca]pita_ of populat…',
      '   2  18.09  109  " spoil"  …with which the American humorist[ spoil]s his↵intellectu…',
    ]);
  });

  test("on a terminal: colours, and the same text", async () => {
    const { stdout } = await runHere(["score", DEVIL, "--passage", TOKENS], { isTTY: true });
    expect(stdout).toContain("\x1b[38;2;");
    // biome-ignore lint/suspicious/noControlCharactersInRegex: these are terminal sequences
    const plain = stdout.replace(/\x1b\[[\d;]*m/g, "");
    expect(plain).toContain(readFileSync("examples/data/devil.txt", "utf8").replaceAll("\n", "↵\n"));
    expect(plain).toContain("bits:  0-1  1-2  2-4  4-6  6-8  8-10  10-14  14+ \n");
  });

  test.each([
    ["--no-color", ["--no-color"], {}],
    ["NO_COLOR", [], { NO_COLOR: "1" }],
    ["a dumb terminal", [], { TERM: "dumb" }],
  ])("%s: no colours on a terminal", async (_, argv, env) => {
    const { stdout } = await runHere(["score", DEVIL, "--passage", TOKENS, ...argv], { isTTY: true, env });
    expect(stdout).not.toContain("\x1b");
  });

  test("--json lists the most surprising tokens", async () => {
    const { stdout } = await runHere(["score", DEVIL, "--passage", TOKENS, "--json"]);
    const { mostSurprising } = JSON.parse(stdout);
    expect(mostSurprising).toHaveLength(10);
    expect(mostSurprising[0]).toEqual({
      rank: 1,
      row: 57,
      id: 880,
      token: " ca",
      nats: expect.closeTo(13.0438, 4),
      bits: expect.closeTo(18.8182, 4),
    });
  });

  test("tokens that would control the terminal are shown, not sent", async () => {
    const tokens = { ids: [0, 3, 1], tokens: ["\x1b[31mred", "\ttab\r", "\u202eturned"] };
    const file = folder.write("control.json", new TextEncoder().encode(JSON.stringify(tokens)));
    const { stdout } = await runHere(["score", smallFile, "--passage", file]);
    expect(stdout).toContain("\n\ufffd[31mred⇥tab␍\ufffdturned\n");
    expect(stdout).not.toMatch(/[^\P{Cc}\n]|\u202e/u);
  });
});
