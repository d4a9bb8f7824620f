// The feeds of components: as sources, and what is wrong with them.
import { expect, test } from "vitest";
import { registries } from "../../src/app/providers.ts";
import { loadConfig, sayConfigError, type Config } from "../../src/config/load.ts";

const read = (text: string) => loadConfig(`site: { name: Test }\n${text}`, "t.yaml", {}, registries);

function sourcesOf(text: string): Config["sources"] {
  const config = read(text);
  if (!config.ok) throw new Error(config.error.map(sayConfigError).join("\n"));
  return config.value.sources;
}

function errorsOf(text: string): readonly string[] {
  const config = read(text);
  return config.ok ? [] : config.error.map(sayConfigError);
}

const feed = (more: string): string =>
  `upstream: { name: Fedora, feed: { type: upstream-fedora, url: "https://status.example.org", ${more} } }`;

test("the feed of a component is a source about that component", () => {
  const [source] = sourcesOf(`components: [{ id: copr, name: Copr, ${feed("match: [copr]")} }]`);
  expect(source).toMatchObject({
    id: "upstream-copr",
    type: "upstream-fedora",
    config: {
      url: "https://status.example.org",
      components: [{ component: "copr", upstream: "Fedora", match: ["copr"] }],
    },
  });
});

test("components that read the same page share one source, named after the first", () => {
  const sources = sourcesOf(`
components:
  - { id: copr, name: Copr, ${feed("match: [copr]")} }
  - { id: koji, name: Koji, ${feed("match: [koji, bodhi]")} }
  - { id: slow, name: Slow, ${feed("every: 1h")} }`);
  expect(sources.map(({ id }) => id)).toEqual(["upstream-copr", "upstream-slow"]);
  expect(sources[0]?.config).toMatchObject({ components: [{ component: "copr" }, { component: "koji" }] });
});

test("rules may name the source of a feed", () => {
  const text = `components: [{ id: copr, name: Copr, ${feed("")} }]\nroutes: [{ match: { source: upstream-copr }, opens: attach }]`;
  expect(sourcesOf(text)).toHaveLength(1);
  expect(errorsOf(text.replace("source: upstream-copr", "source: upstream-cpr"))).toEqual([
    expect.stringMatching(/there is no source "upstream-cpr"; did you mean "upstream-copr"\?/u),
  ]);
});

test("an id that a source has already is refused, with the line of that source", () => {
  const text = `components: [{ id: copr, name: Copr, ${feed("")} }]\nsources: [{ id: upstream-copr, type: generic, token: 0123456789abcdef0 }]`;
  expect(errorsOf(text)).toEqual([
    expect.stringMatching(/becomes the source "upstream-copr".*taken already \(line 3\)/u),
  ]);
});

test("a long id makes an id that is one", () => {
  const id = `${"a".repeat(54)}-${"b".repeat(9)}`;
  expect(sourcesOf(`components: [{ id: ${id}, name: Long, ${feed("")} }]`)[0]?.id).toBe(`upstream-${"a".repeat(54)}`);
});

test.each([
  ["upstream-fedra", /there is no feed of type "upstream-fedra"; did you mean "upstream-fedora"\?/u],
  ["http-probe", /there is no feed of type "http-probe"; known: upstream-cstate/u],
])("the type %s is no feed", (type, error) => {
  const text = `components: [{ id: copr, name: Copr, upstream: { name: Copr, feed: { type: ${type}, url: "https://x.test" } } }]`;
  expect(errorsOf(text)).toEqual([expect.stringMatching(error)]);
});

test("keys of a feed that are unknown, wrong or implied are placed where they stand", () => {
  const errors = errorsOf(
    `components:\n  - { id: copr, name: Copr, ${feed('component: koji, evry: 1m, timeout: "2h"')} }`,
  );
  expect(errors).toEqual([
    expect.stringMatching(/^t\.yaml:3:\d+: components\.copr\.upstream\.feed\.component: unknown key/u),
    expect.stringMatching(/feed\.evry: unknown key; did you mean "every"\?/u),
    expect.stringMatching(/feed\.timeout: must be at most 25s/u),
  ]);
});
