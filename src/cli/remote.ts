// The command line's way to a server elsewhere: the API on its public port, with a token.
import { request, secureRequest } from "../lib/node-http.ts";
import { failed, ok, type Result } from "../lib/result.ts";

export type Answer = { readonly status: number; readonly body: string };

export type Elsewhere = { readonly url: URL; readonly token: string };

type Where = { readonly url?: string | undefined; readonly token?: string | undefined };

/** `--url` and `--token`, else TOCSIN_URL and TOCSIN_TOKEN; undefined: the server here. Failed: what is wrong with them. */
export function elsewhere(flags: Where, env: NodeJS.ProcessEnv): Result<Elsewhere | undefined, string> {
  const address = flags.url ?? env["TOCSIN_URL"];
  if (address === undefined || address === "") return ok(undefined);
  const url = URL.parse(address);
  if (url === null || !/^https?:$/.test(url.protocol))
    return failed(`"${address}" is no address of a server; write https://status.example.org`);
  if (url.username !== "" || url.password !== "")
    return failed("an address holds no secrets; give the token as TOCSIN_TOKEN or with --token");
  const token = flags.token ?? env["TOCSIN_TOKEN"];
  if (token === undefined || token === "")
    return failed(`${url.origin} wants a token: set TOCSIN_TOKEN, or give --token (others on this host can see it)`);
  if (!/^[\x21-\x7e]+$/.test(token)) return failed("the token has characters that no token has");
  return ok({ url, token });
}

const mostBytes = 64 * 1_048_576;

/** Redirects are not followed: the token is for this address alone. */
export function askElsewhere({ url, token }: Elsewhere, method: string, path: string, body: unknown): Promise<Answer> {
  const text = body === undefined ? undefined : JSON.stringify(body);
  const headers = {
    Authorization: `Bearer ${token}`,
    Accept: "application/json",
    ...(text === undefined ? {} : { "Content-Type": "application/json", "Content-Length": Buffer.byteLength(text) }),
  };
  const target = new URL(`${url.origin}${url.pathname.replace(/\/$/, "")}${path}`);
  const open = target.protocol === "https:" ? secureRequest() : request;
  return new Promise<Answer>((resolve, reject) => {
    const asking = open(target, { method, headers, timeout: 30_000 }, (response) => {
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
    });
    asking.on("error", reject);
    asking.on("timeout", () => asking.destroy(new Error("no answer within 30 s")));
    asking.end(text);
  });
}
