/** Markup of the pages: any token text, and texts without tokens, with one token, and with NaN or infinite rows. */
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { html } from "../../src/report/page/markup.js";
import { pairsOf, sectionOf, textOf } from "./read-page.js";
import { comparePage, compareRows, scorePage, scoreRows } from "./rows.js";

/** A page with one token per text. All texts also appear in the list of surprising tokens, the title and the facts. */
function pageOf(texts: readonly string[]): string {
  const rows = { ...scoreRows(texts.length, 2), texts };
  return scorePage({ ...rows, targets: rows.targets.fill(1) }, [], {
    title: texts.join(""),
    facts: [["texts", texts.join("")]],
    tokenText: (id) => texts[id],
  });
}

/** The tags of a page, without attribute values. */
function tagsOf(page: string): string[] {
  return Array.from(page.matchAll(/<(\/?[a-z!][^\s>]*)(?:[^>"]|"[^"]*")*>/gi), ([, name]) => (name as string).toLowerCase());
}

describe("texts of tokens", () => {
  const NASTY = ["<script>alert(1)</script>", "&lt;", '"', "'", "]]>", "-->", "</style>", "</title>", "<!--", "onload=x"];

  test("no text becomes a tag or an attribute", () => {
    const anyText = fc.oneof(fc.constantFrom(...NASTY), fc.string({ unit: "binary", minLength: 1 }), fc.string({ minLength: 1 }));
    fc.assert(
      fc.property(fc.array(anyText, { minLength: 1, maxLength: 12 }), (texts) => {
        const page = pageOf(texts);
        expect(tagsOf(page)).toEqual(tagsOf(pageOf(texts.map(() => "x"))));
        expect(page).not.toMatch(/<script|<iframe|<img|<object/i);
        // no lone surrogate, which UTF-8 cannot encode
        expect(/\p{Surrogate}/u.test(page)).toBe(false);
      }),
      { numRuns: 60 },
    );
  });

  test("texts are shown unchanged", () => {
    expect(textOf(sectionOf(pageOf(NASTY), "text"))).toContain(NASTY.join(""));
  });

  test("line breaks, control characters and lone surrogates are made visible", () => {
    expect(html`${"a\nb\tc\rd\0e\ud800f\u202eg"}`.text).toBe("a↵b⇥c␍d\ufffde\ufffdf\ufffdg");
    expect(sectionOf(pageOf(["one\n", "two"]), "text")).toContain("one↵\n</span>");
  });

  test("in an attribute", () => {
    expect(html`<p title="${"\"><b> '&"}">`.text).toBe('<p title="&quot;&gt;&lt;b&gt; &#39;&amp;">');
  });
});

describe.each(["score", "compare"] as const)("%s", (command) => {
  const page = (rows: number, change: (name: string) => number | undefined = () => undefined): string => {
    const columns = command === "score" ? scoreRows(rows, 9) : compareRows(rows, 9);
    for (const [name, column] of Object.entries(columns)) {
      const value = change(name);
      if (value !== undefined && !Array.isArray(column)) column.fill(value);
    }
    return "logProbs" in columns ? scorePage(columns) : comparePage(columns);
  };
  const known = (name: string) => (name === "targets" ? 1 : undefined);

  /** The numbers in the charts. */
  const drawn = (text: string): string => Array.from(text.matchAll(/ (?:d|x|y)="([^"]*)"/g), ([, value]) => value).join(" ");

  test("no rows, or only ignored ones: the page says so and draws nothing", () => {
    for (const empty of [page(0), page(7, (name) => (name === "targets" ? -100 : undefined))]) {
      expect(empty).toMatch(/There is nothing to show: none of the \d rows? ?was/);
      expect(empty).not.toContain('class="chart');
    }
  });

  test.each([1, 2, 511, 512, 513, 1025])("%i rows", (rows) => {
    const text = page(rows, known);
    expect(text).toContain('class="chart');
    expect(drawn(text)).not.toMatch(/NaN|Infinity|undefined|null/);
    expect(pairsOf(text)["rows"]).toBe(String(rows).replace(/^(\d)(\d{3})$/, "$1,$2"));
  });

  test.each([
    ["NaN", Number.NaN],
    ["infinite", Number.POSITIVE_INFINITY],
  ])("all rows %s: the page is made, with a note", (_, value) => {
    const text = page(5, (name) => {
      if (name === "klDivergences") return value;
      return name === "logProbs" || name.endsWith("LogProbs") ? -value : known(name);
    });
    const [nan, infinite] = Number.isNaN(value) ? [5, 0] : [0, 5];
    expect(text).toMatch(new RegExp(`${nan} tokens? with.* ${infinite} with an infinite (one|divergence or loss)`));
    expect(drawn(text)).not.toMatch(/NaN|Infinity|undefined|null/);
  });

  test("equal rows: axes with an empty range", () => {
    const text = page(600, (name) => (name === "topIds" || name === "ranks" || name === "targets" ? 1 : 0));
    expect(drawn(text)).not.toMatch(/NaN|Infinity|undefined|null/);
  });

  test("an interrupted run is marked as such", () => {
    const meta = { partial: { done: 1234, of: 5000 } };
    const text = command === "score" ? scorePage(scoreRows(3, 1), [], meta) : comparePage(compareRows(3, 1), [], meta);
    expect(text).toContain("Interrupted: 1,234 of 5,000 rows.");
  });

  test("every chart has a title, a description and a caption; ids are unique", () => {
    const text = page(40);
    const pictures = text.split("<svg class=").slice(1);
    expect(pictures.length).toBeGreaterThan(7);
    for (const picture of pictures)
      expect(picture).toMatch(/^[^>]*role="img"[^>]*>\s*<title id="[^"]+">[^<]+<\/title>\s*<desc id="[^"]+">[^<]+</);
    expect(text.split("<figcaption>").length).toBe(text.split("<figure>").length);
    const ids = Array.from(text.matchAll(/ id="([^"]*)"/g), ([, id]) => id);
    expect(new Set(ids).size).toBe(ids.length);
    const named = Array.from(text.matchAll(/ aria-labelledby="([^"]*)"/g), ([, names]) => (names as string).split(" ")).flat();
    expect(named.filter((name) => !ids.includes(name))).toEqual([]);
  });
});
