// Bodies as they arrive on a bad day: cut, doubled, out of order, with bits that flipped and values that nobody expects.
import * as fc from "fast-check";

const deep = (open: string, close: string): string => `${open.repeat(20_000)}1${close.repeat(20_000)}`;

/** As JSON text: some of these no value of ours could be. */
const junk = [
  ..."null true 0 -0 1e999 -1e-999 1e308 9007199254740993 123456789012345678901234567890".split(" "),
  ...'"" "\\u0000" "\\ud800" "\\u202e" "__proto__" "null" "0001-01-01T00:00:00Z" "+275760-09-13T00:00:00Z" [] {} [[]] [null] [{}]'.split(" "), // prettier-ignore
  '{"__proto__":{"polluted":true},"constructor":{"prototype":{"polluted":true}},"toString":1}',
  '{"length":4294967296,"0":1}',
  `"${"x".repeat(100_000)}"`,
  deep("[", "]"),
  deep('{"a":', "}"),
  `[${"{},".repeat(2_000)}{}]`,
];

/** Stands where raw text goes in. */
const hole = "\u0001HOLE\u0001";

const isObject = (value: unknown): value is Readonly<Record<string, unknown>> =>
  typeof value === "object" && value !== null;

/** Every place in it, as a path. */
function placesIn(value: unknown, path: readonly string[] = []): readonly (readonly string[])[] {
  if (!isObject(value)) return [path];
  return [path, ...Object.entries(value).flatMap(([key, inner]) => placesIn(inner, [...path, key]))];
}

/** A copy with another value at the place; undefined takes it away. */
function changed(value: unknown, [step, ...rest]: readonly string[], to: unknown): unknown {
  if (step === undefined) return to;
  const entries = Object.entries(isObject(value) ? value : {}).flatMap(([key, inner]): [string, unknown][] => {
    const next = key === step ? changed(inner, rest, to) : inner;
    return next === undefined ? [] : [[key, next]];
  });
  return Array.isArray(value) ? entries.map(([, inner]) => inner) : Object.fromEntries(entries);
}

/** With the keys of its objects, and the members of its lists, the other way round. */
function reversed(value: unknown): unknown {
  if (!isObject(value)) return value;
  if (Array.isArray(value)) return value.map(reversed).toReversed();
  return Object.fromEntries(Object.entries(value).map(([key, inner]) => [key, reversed(inner)] as const).toReversed()); // prettier-ignore
}

const text = (value: unknown): string => JSON.stringify(value) ?? "";

function mangledTree(body: unknown): fc.Arbitrary<string> {
  const place = fc.constantFrom(...placesIn(body));
  return fc.oneof(
    fc
      .tuple(place, fc.constantFrom(...junk))
      .map(([at, raw]) => text(changed(body, at, hole)).replace(text(hole), raw)),
    place.map((at) => text(changed(body, at, undefined))),
    fc.tuple(place, fc.jsonValue()).map(([at, value]) => text(changed(body, at, value))),
    fc.constantFrom(text(reversed(body)), text([body, body]), text([body, null, [body]]), text({ body })),
    fc.constantFrom(...junk).map((raw) => text(body).replace(/^\{/u, () => `{"new_field":${raw},`)),
    fc.constantFrom(...junk).map((raw) => text(body).replace(/^\{/u, () => `{"__proto__":${raw},`)),
  );
}

function mangledBytes(body: unknown): fc.Arbitrary<Uint8Array> {
  const bytes = Buffer.from(text(body));
  const place = fc.nat(bytes.length - 1);
  return fc.oneof(
    place.map((end) => bytes.subarray(0, end)),
    place.map((start) => bytes.subarray(start)),
    fc.constantFrom(Buffer.concat([bytes, bytes]), Buffer.concat([bytes, Buffer.from("\n"), bytes])),
    fc.tuple(place, fc.nat(255)).map(([at, value]) => Uint8Array.from(bytes).fill(value, at, at + 1)),
    fc.uint8Array({ maxLength: 40 }),
  );
}

/** Of bodies that are right. Those that are still right are among them. */
export function mangled(right: readonly unknown[]): fc.Arbitrary<Uint8Array> {
  return fc.constantFrom(...right).chain((body) => fc.oneof(mangledTree(body).map((json) => Buffer.from(json)), mangledBytes(body))); // prettier-ignore
}

const tenMillion = 10_000_000;

/** About ten megabytes around a body that is right. */
export function huge(body: unknown): readonly (readonly [string, string])[] {
  const rest = text(body).replace(/^[[{]/u, "");
  const open = text(body).slice(0, 1);
  const field = open === "{" ? '"padding":' : "";
  return [
    ["a long text", `${open}${field}"${"x".repeat(tenMillion)}",${rest}`],
    ["many figures", `${open}${field}[${"0,".repeat(tenMillion / 2)}0],${rest}`],
    ["many bodies", `[${`${text(body)},`.repeat(Math.floor(tenMillion / text(body).length))}null]`],
    ["many fields", `{${Array.from({ length: 100_000 }, (_, n) => `"field${n}":"${"x".repeat(85)}"`).join(",")}}`],
    // V8 itself takes seconds for millions of levels.
    ["a deep nest", `${open}${field}${"[".repeat(100_000)}"${"x".repeat(tenMillion)}"${"]".repeat(100_000)},${rest}`],
  ];
}
