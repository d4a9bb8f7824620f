// The command line's way to a server elsewhere: the API on its public port, with a token.
import { failed, ok, type Result } from "../lib/result.ts";
import { exchange, type Answer } from "./exchange.ts";

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

/** Redirects are not followed: the token is for this address alone. */
export function askElsewhere({ url, token }: Elsewhere, method: string, path: string, body: unknown): Promise<Answer> {
  const target = new URL(`${url.origin}${url.pathname.replace(/\/$/, "")}${path}`);
  return exchange(target, method, { Authorization: `Bearer ${token}`, Accept: "application/json" }, body);
}
