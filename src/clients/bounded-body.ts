// Reads the body of an answer as text, so much of it and no more: of what comes, and of what it unpacks to.
import type { IncomingMessage } from "node:http";
import type { Duplex, Readable } from "node:stream";
import { reasonOf } from "../lib/result.ts";
import { oneLine } from "../lib/text.ts";

export type Body = {
  readonly text: string;
  /** There is more of it, which was not read. */
  readonly cut: boolean;
  /** It broke off, or could not be unpacked: what is wrong with it, after the name of the other side. */
  readonly trouble?: string;
};

/** `undefined`: there is nothing to unpack. */
function unpacker(encoding: string): Duplex | undefined {
  const zlib = process.getBuiltinModule("node:zlib");
  if (encoding === "gzip" || encoding === "x-gzip") return zlib.createGunzip();
  if (encoding === "deflate") return zlib.createInflate();
  if (encoding === "br") return zlib.createBrotliDecompress();
  return encoding === "zstd" ? zlib.createZstdDecompress() : undefined;
}

/** `done` is called once. A small packet that unpacks to gigabytes ends at the limit like any other. */
export function readBody(response: IncomingMessage, limit: number, done: (body: Body) => void): void {
  const chunks: Buffer[] = [];
  let size = 0;
  let given = false;
  const encoding = (response.headers["content-encoding"] ?? "").trim().toLowerCase();
  const unpacking = unpacker(encoding);
  const body: Readable = unpacking === undefined ? response : response.pipe(unpacking);
  const give = (trouble?: string): void => {
    if (given) return;
    given = true;
    const text = Buffer.concat(chunks).subarray(0, limit).toString("utf8");
    done({ text, cut: size > limit, ...(trouble === undefined ? {} : { trouble }) });
    response.destroy();
    unpacking?.destroy();
  };
  body.on("data", (chunk: Buffer) => {
    if (given) return;
    chunks.push(chunk);
    size += chunk.length;
    if (size > limit) give();
  });
  body.on("end", () => give());
  const promised = response.headers["content-length"];
  const brokeOff = `broke its answer off${promised === undefined ? "" : ` before the ${promised} bytes that it promised`}`;
  // Whatever comes as an error, a whole answer has been told of by its end.
  response.on("error", () => give(brokeOff));
  response.on("aborted", () => give(brokeOff));
  unpacking?.on("error", (error) => give(`sent a body that cannot be unpacked (${oneLine(reasonOf(error), 80)})`));
}
