// Messages that are the same but for what differs, and how unusual it is that many say so.
import * as fc from "fast-check";
import { expect, test } from "vitest";
import { clustersOf, fingerprintOf } from "./clusters.ts";

test.each([
  ["Build 4711 failed", "Build 12 failed"],
  ["Unable to connect to https://copr.example/api_3/build/1", "Unable to connect to https://copr.example/api_3/x?y=2"],
  ["/srv/builds/a-1/root.log: No such file", "/srv/z: No such file"],
  ["commit deadbeef01 is gone", "commit 0123456789abcdef is gone"],
  ["id 6f1c2a34-1b2c-4d5e-8f90-aabbccddeeff", "id 00000000-1b2c-4d5e-8f90-aabbccddee00"],
  ["first line\nmore", "first line\nother"],
])("%j and %j are one message", (a, b) => {
  expect(fingerprintOf({ project: "p", message: a })).toBe(fingerprintOf({ project: "q", message: b }));
});

test("the project is left out, the host is not", () => {
  const [a, b] = ["packit/hello", "packit/ogr"].map((project) =>
    fingerprintOf({ project, message: `clone of https://git.example/${project} for ${project} failed` }),
  );
  expect(a).toBe(b);
  expect(a).toContain("git.example");
  expect(fingerprintOf({ project: "p", message: "at https://a.example/x" })).not.toBe(
    fingerprintOf({ project: "p", message: "at https://b.example/x" }),
  );
});

test("what many projects say now and none did before stands out; what is always said does not", () => {
  const all = (message: string, from: number, to: number) =>
    Array.from({ length: to - from }, (_, i) => ({ project: `project-${from + i}`, message }));
  const usual = [...all("Build failed", 0, 300), ...all("Unable to connect to copr.example", 0, 1)];
  const now = [...all("Build failed", 0, 4), ...all("Unable to connect to copr.example", 4, 12)];
  const [first, second] = clustersOf(now, usual);
  expect(first).toMatchObject({ fingerprint: "Unable to connect to copr.example", projects: 8 });
  expect(first?.lift).toBeGreaterThan(20);
  expect(second?.lift).toBeLessThan(1);
});

test("one project is one vote, however often it fails", () => {
  const message = "Unable to connect to copr.example";
  const [only] = clustersOf(
    Array.from({ length: 50 }, () => ({ project: "noisy", message })),
    [],
  );
  expect(only?.projects).toBe(1);
});

test("no message makes it throw, or longer than a line", () => {
  fc.assert(
    fc.property(fc.string({ unit: "binary" }), fc.string({ unit: "binary", maxLength: 30 }), (message, project) => {
      expect(fingerprintOf({ message, project }).length).toBeLessThanOrEqual(400);
    }),
  );
});
