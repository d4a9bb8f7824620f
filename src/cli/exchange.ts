// One request of the command line, and the whole answer to it.
import { request, secureRequest } from "../lib/node-http.ts";

export type Answer = { readonly status: number; readonly body: string };

/** A socket of this machine, or an address elsewhere. */
export type Destination = { readonly socketPath: string; readonly path: string } | URL;

const mostBytes = 64 * 1_048_576;
const timeout = 30_000;

/** Redirects are not followed. Rejects when the answer does not come, or is far too long. */
export function exchange(
  to: Destination,
  method: string,
  given: Readonly<Record<string, string>>,
  body: unknown,
): Promise<Answer> {
  const text = body === undefined ? undefined : JSON.stringify(body);
  const length =
    text === undefined ? {} : { "Content-Type": "application/json", "Content-Length": Buffer.byteLength(text) };
  const options = { method, headers: { ...given, ...length }, timeout };
  return new Promise((resolve, reject) => {
    const hear: Parameters<typeof request>[2] = (response) => {
      const chunks: Buffer[] = [];
      let size = 0;
      response.on("data", (chunk: Buffer) => {
        chunks.push(chunk);
        size += chunk.length;
        if (size > mostBytes) asking.destroy(new Error("its answer is far too long"));
      });
      response.on("end", () =>
        resolve({ status: response.statusCode ?? 0, body: Buffer.concat(chunks).toString("utf8") }),
      );
      response.on("error", reject);
    };
    const open = to instanceof URL && to.protocol === "https:" ? secureRequest() : request;
    const asking = to instanceof URL ? open(to, options, hear) : open({ ...to, ...options }, hear);
    asking.on("error", reject);
    asking.on("timeout", () => asking.destroy(new Error("no answer within 30 s")));
    asking.end(text);
  });
}
