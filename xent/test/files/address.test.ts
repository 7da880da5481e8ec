import { describe, expect, test } from "vitest";
import { withoutLogin, withoutSecrets } from "../../src/files/address.js";
import { titleOf } from "../../src/files/open-input.js";

describe("what errors, titles and fingerprints say of an address", () => {
  test.each([
    ["https://user:secret@host/a/b.npy?key=secret#secret", "https://host/a/b.npy"],
    ["HTTPS://secret@host:8080/", "https://host:8080/"],
    ["redis://:secret@host:6379/0", "redis://host:6379/0"],
    ["rediss://user:sec@ret@host", "rediss://host"],
    // no addresses, but meant as such
    ["redis://:sec?ret@host", "redis://host"],
    ["redis://:sec/ret@host:x?y", "redis://host:x"],
    ["https://user:secret@", "https://"],
    ["https://user:sec@ret@", "https://"],
    ["a?b@c.npy", "a?b@c.npy"],
    ["C:\\x@y.npy", "C:\\x@y.npy"],
  ])("%s", (address, shown) => {
    expect(withoutSecrets(address)).toBe(shown);
  });

  test("the title of an address without a path is its host", () => {
    expect(titleOf("https://user:secret@host")).toBe("host");
    expect(titleOf("https://host/a/b.npy?key=secret")).toBe("b.npy");
  });
});

test("what workers are given of an address: all but user and password", () => {
  expect(withoutLogin("https://user:secret@host/a.npy?key=k#f")).toBe("https://host/a.npy?key=k#f");
  expect(withoutLogin("a@b.npy")).toBe("a@b.npy");
});
