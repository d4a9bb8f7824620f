// JSON that others wrote, as bytes: broken UTF-8 is an error of its own, and so is what would take long to read.
import { failed, ok, type Result } from "./result.ts";
import { mebi } from "./size.ts";

/** What a body costs goes by its lists and objects, nested or not: a million of them stop everything else for a second. */
const mostParts = 100_000;
/** A smaller body is not worth the look. */
const small = mebi / 4;

const utf8 = new TextDecoder("utf-8", { fatal: true });

const [quote, backslash, list, object] = Buffer.from('"\\[{');

/** Text is skipped; what is no JSON is for the parser to refuse. */
function hasTooMany(body: Uint8Array): boolean {
  let parts = 0;
  let inText = false;
  for (let i = 0; i < body.length; i++) {
    const byte = body[i];
    if (inText) {
      if (byte === backslash) i++;
      else if (byte === quote) inText = false;
    } else if (byte === quote) inText = true;
    else if ((byte === list || byte === object) && ++parts > mostParts) return true;
  }
  return false;
}

export function parseForeignJson(body: Uint8Array): Result<unknown, string> {
  if (body.byteLength > small && hasTooMany(body)) return failed("more than 100,000 lists and objects in one body");
  try {
    return ok(JSON.parse(utf8.decode(body)));
  } catch (thrown) {
    return failed(thrown instanceof SyntaxError ? `not JSON: ${thrown.message}` : "not UTF-8");
  }
}
