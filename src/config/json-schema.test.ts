import { expect, test } from "vitest";
import { parse, parseDocument } from "yaml";
import { registries, sample, smallest } from "../../test/kit/config.ts";
import { satisfies } from "../../test/kit/json-schema.ts";
import { configJsonSchema } from "./json-schema.ts";

const schema = configJsonSchema(registries);
const accepts = (text: string): boolean => satisfies(schema, parse(text));

type Path = readonly (string | number)[];

/** The sample, as it would be in the file, with another value at some places; undefined takes one away. */
const changed = (...changes: readonly (readonly [Path, unknown])[]): string => {
  const file = parseDocument(sample);
  for (const [path, value] of changes) {
    if (value === undefined) file.deleteIn(path);
    else file.setIn(path, value);
  }
  return file.toString();
};

function every(node: unknown, found: (node: object) => void): void {
  if (typeof node !== "object" || node === null) return;
  if (!Array.isArray(node)) found(node);
  for (const one of Object.values(node)) every(one, found);
}

test("the schema is JSON Schema of the dialect that it names", () => {
  expect(schema).toMatchObject({ $schema: "https://json-schema.org/draft/2020-12/schema", type: "object" });
  expect(JSON.parse(JSON.stringify(schema))).toEqual(schema);
  const types = ["object", "array", "string", "number", "integer", "boolean", "null"];
  every(schema, (node) => {
    if ("type" in node && typeof node.type === "string") expect(types).toContain(node.type);
    if ("required" in node && Array.isArray(node.required) && "properties" in node)
      for (const key of node.required) expect(Object.keys(Object(node.properties))).toContain(key);
    if ("pattern" in node && typeof node.pattern === "string")
      expect(() => new RegExp(String(node.pattern), "u")).not.toThrow();
  });
});

test("every key of the config and of every plug-in says what it is for", () => {
  const silent: string[] = [];
  every(schema, (node) => {
    if (!("properties" in node)) return;
    for (const [key, value] of Object.entries(Object(node.properties)))
      if (!["id", "type", "audience"].includes(key) && !("description" in Object(value))) silent.push(key);
  });
  expect(silent).toEqual([]);
});

test("it accepts the configs that are right", () => {
  expect(accepts(smallest)).toBe(true);
  expect(accepts(sample)).toBe(true);
});

test.each<[string, Path, unknown]>([
  ["an unknown key at the top", ["sorces"], []],
  ["an unknown key in a plug-in", ["channels", 0, "hots"], "x"],
  ["an unknown key within a plug-in", ["channels", 0, "sasl", "pass"], "x"],
  ["an unknown type", ["sources", 0, "type"], "pigeon"],
  ["a missing name", ["site", "name"], undefined],
  ["a missing secret", ["channels", 0, "sasl", "password"], undefined],
  ["a wrong audience", ["channels", 0, "audience"], "all"],
  ["a wrong target", ["publish", "targets", 0, "to"], "x"],
  ["a wrong time", ["sources", 1, "every"], 30],
])("it refuses %s", (_what, path, value) => {
  expect(accepts(changed([path, value]))).toBe(false);
});

test("a value may come from the environment", () => {
  expect(
    accepts(changed([["site", "url"], "https://${HOST}"], [["channels", 0, "audience"], "${AUDIENCE:-team}"])),
  ).toBe(true);
});

test("a secret may come from a file, and a file is named by text", () => {
  const inFile = (name: unknown): string =>
    changed(
      [["channels", 0, "sasl", "password"], undefined],
      [["channels", 0, "sasl", "password_file"], name],
      [["sources", 0, "token"], undefined],
      [["sources", 0, "token_file"], "token"],
      [["database"], { url_file: "database" }],
    );
  expect(accepts(inFile("irc.password"))).toBe(true);
  expect(accepts(inFile(5))).toBe(false);
});
