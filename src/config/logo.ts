// The operator's logo: a small picture, checked by its bytes, as a data: address. An SVG must be a drawing and nothing else.
import { closeSync, constants, fstatSync, openSync, readFileSync } from "node:fs";
import { resolve } from "node:path";
import { failed, ok, type Result } from "../lib/result.ts";

/** Each page carries it. */
const largest = 8 * 1024;

const pictures: readonly (readonly [type: string, begins: readonly number[], at: number])[] = [
  ["png", [0x89, 0x50, 0x4e, 0x47, 0x0d, 0x0a, 0x1a, 0x0a], 0],
  ["jpeg", [0xff, 0xd8, 0xff], 0],
  ["gif", [0x47, 0x49, 0x46, 0x38], 0],
  ["webp", [0x57, 0x45, 0x42, 0x50], 8],
];

/** `name` counts from the folder of the config. */
export function readLogo(name: string, folder: string): Result<string, string> {
  const bytes = read(resolve(folder, name));
  if (!bytes.ok) return bytes;
  const found = pictures.find(([, begins, at]) => begins.every((byte, i) => bytes.value[at + i] === byte));
  if (found !== undefined) return ok(`data:image/${found[0]};base64,${bytes.value.toString("base64")}`);
  const text = bytes.value.toString("utf8").replace(/^\ufeff/u, "");
  if (!/<svg[\s>]/u.test(text)) return failed("a logo is a PNG, JPEG, GIF, WebP or SVG file");
  const trouble = drawingTrouble(text);
  if (trouble !== undefined) return failed(`the SVG ${trouble}; a logo must be a drawing and nothing else ("plain SVG" in most programs)`); // prettier-ignore
  return ok(`data:image/svg+xml,${text.trim().replace(/[\s%#"<>]/gu, (sign) => (sign === " " ? " " : encodeURIComponent(sign)))}`); // prettier-ignore
}

function read(path: string): Result<Buffer, string> {
  try {
    const opened = openSync(path, constants.O_RDONLY | constants.O_NONBLOCK);
    try {
      const { size } = fstatSync(opened);
      if (!fstatSync(opened).isFile()) return failed("that is no file");
      if (size > largest)
        return failed(`is ${size} bytes, and each page carries it: at most ${largest} (a smaller picture, or an SVG)`);
      return ok(readFileSync(opened));
    } finally {
      closeSync(opened);
    }
  } catch (thrown) {
    const code = thrown instanceof Error && "code" in thrown ? String(thrown.code) : "";
    return failed(code === "ENOENT" ? `there is no file ${path}` : `${path} cannot be read (${code})`);
  }
}

const elements = new Set(
  "svg g path rect circle ellipse line polyline polygon defs linearGradient radialGradient stop title desc clipPath mask use symbol text tspan pattern".split(" "), // prettier-ignore
);
const tag = /<\/?([A-Za-z][\w:.-]*)((?:\s+[\w:.-]+\s*=\s*(?:"[^"<]*"|'[^'<]*'))*)\s*\/?>/gu;
const attribute = /([\w:.-]+)\s*=\s*(?:"([^"]*)"|'([^']*)')/gu;

/** What in it could do more than be looked at; whatever is not understood counts. */
export function drawingTrouble(svg: string): string | undefined {
  const text = svg.replace(/^\s*<\?xml\s[^?<>]*\?>/u, "").replace(/<!--(?:(?!-->)[\s\S])*-->/gu, "");
  for (const [, name = "", attributes = ""] of text.matchAll(tag)) {
    if (!elements.has(name)) return `has an element <${name}>`;
    for (const [, key = "", one, other] of attributes.matchAll(attribute)) {
      const value = one ?? other ?? "";
      if (/^on/iu.test(key)) return `has an attribute ${key}`;
      if (/(^|:)href$/iu.test(key) && !value.startsWith("#")) return "leads to something outside of itself";
      // The only address that may stand elsewhere is one of its own parts.
      if (!key.startsWith("xmlns") && /url\(\s*['"]?(?!#)|:\/\/|javascript:|data:|@import|\\|&#/iu.test(value))
        return `leads to something outside of itself, in ${key}`;
    }
  }
  return text.replace(tag, "").includes("<") ? "has a part that is no plain element" : undefined;
}
