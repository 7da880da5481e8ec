/**
 * bench/peers without the peers: each of them says that it is missing, and a made-up one runs through its host, in a process of
 * its own, as the others do.
 */
import { mkdirSync, mkdtempSync, readdirSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { pathToFileURL } from "node:url";
import { afterAll, expect, it, vi } from "vitest";
import { environment } from "../../bench/harness/environment.mjs";
import { makeSampler } from "../../bench/harness/sampler.mjs";
import { torchContenders } from "../../bench/peers/contenders/torch.mjs";
import { contendersOf, peerContenders } from "../../bench/peers/index.mjs";
import { peers, peersGradient } from "../../bench/suites/peers.mjs";
import { measureSuite } from "../../xent/build/bench/measure.js";

const folder = mkdtempSync(join(tmpdir(), "peers-test-"));
afterAll(() => rmSync(folder, { recursive: true }));
const nothing = pathToFileURL(join(folder, "nothing/"));
const installed = pathToFileURL(join(folder, "installed/"));
mkdirSync(new URL("node_modules/fake/", installed), { recursive: true });
writeFileSync(new URL("node_modules/fake/package.json", installed), JSON.stringify({ version: "1.2.3" }));

const fake = new URL("fake-peer.mjs", import.meta.url);
const settings = { mode: "quick", rounds: 2, minTime: 0.0001, warmUpRounds: 2 } as const;

/** The suite with the contenders of these ids: the baseline, and the made-up ones. */
async function measured(suite: typeof peers, ids: string[]) {
  const [group] = suite.groups;
  const fakes = await contendersOf(fake, suite === peers ? "forward" : "gradient", installed);
  const contenders = [...group.contenders.slice(0, 1), ...fakes.filter(({ id }) => ids.includes(id))];
  return measureSuite(
    { ...suite, groups: [{ ...group, contenders }] },
    { shapes: [{ rows: 3, classes: 5 }], variant: "both", settings, environment: environment(), makeSampler },
    () => {},
  );
}

it("every peer is in both suites, and says how to get it where it is not installed", async () => {
  for (const [suite, task] of [
    [peers, "forward"],
    [peersGradient, "gradient"],
  ] as const) {
    const ofPeers = suite.groups[0].contenders.filter(({ peer }) => peer !== undefined);
    const contenders = await peerContenders(task, nothing);
    expect(contenders.map(({ id }) => id)).toEqual(ofPeers.map(({ id }) => id));
    expect(new Set(suite.groups[0].contenders.map(({ id }) => id)).size).toBe(suite.groups[0].contenders.length);
    const packages = contenders.filter(({ peer }) => peer !== "PyTorch");
    expect(packages.length).toBeGreaterThan(6);
    for (const contender of packages) {
      expect(await contender.missing()).toMatch(/ not installed: npm ci --prefix bench\/peers$/);
    }
  }
});

it("PyTorch is missing where there is no python3", async () => {
  vi.stubEnv("PATH", folder);
  const reasons = await Promise.all(torchContenders("forward").map((contender) => contender.missing()));
  vi.unstubAllEnvs();
  expect(reasons).toEqual(["spawn python3 ENOENT", "spawn python3 ENOENT"]);
});

it("a suite of which only the package's own contenders can run gives no result", async () => {
  const [group] = peers.groups;
  const absent = (await peerContenders("forward", nothing)).filter(({ peer }) => peer !== "PyTorch");
  const suite = { ...peers, groups: [{ ...group, contenders: [...group.contenders.slice(0, 1), ...absent] }] };
  const options = { variant: "both", settings, environment: environment(), makeSampler } as const;
  await expect(measureSuite(suite, options, () => {})).rejects.toThrow(/^peers: no other library can run here, .* not installed/);
});

it("a peer runs in its host: checked, sampled in turn, with its version", async () => {
  const forward = await measured(peers, ["right"]);
  const gradient = await measured(peersGradient, ["right"]);
  for (const { missing, shapes } of [forward, gradient]) {
    expect(missing).toEqual({});
    const [, figures] = shapes[0].contenders;
    expect(figures).toMatchObject({ id: "right", peer: "fake", version: "1.2.3", rowError: 0 });
    expect(figures.nsPerElement.q1).toBeGreaterThan(0);
  }
  expect(forward.shapes[0].contenders[1].gradError).toBeUndefined();
  // the reference rounded to f32
  expect(gradient.shapes[0].contenders[1].gradError).toBeGreaterThan(0);
  expect(gradient.shapes[0].contenders[1].gradError).toBeLessThan(1e-7);
});

it("a wrong row, a wrong gradient and a host that dies stop the bench and are named", async () => {
  await expect(measured(peers, ["wrong-row"])).rejects.toThrow(/^wrong row: row 2 is off by .* its bound 0.000001/);
  await expect(measured(peersGradient, ["wrong-gradient"])).rejects.toThrow(/^wrong gradient: gradient 0 of row 0 .* 0.00001:/);
  await expect(measured(peers, ["crashes"])).rejects.toThrow("crashes, run: ended with code 7: out of luck");
  expect(readdirSync(tmpdir()).filter((name) => name.startsWith(`bench-${process.pid}-`))).toEqual([]);
});
