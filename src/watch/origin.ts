// Asks the origin whether it lives, for what a watcher must know, and to take its mirrors back.
import { z } from "zod";
import { boundedText } from "../clients/bounded-text.ts";
import { httpClient } from "../lib/http-client.ts";
import { failed, ok, reasonOf, type Result } from "../lib/result.ts";
import { oneLine } from "../lib/text.ts";
import { WatchSnapshot } from "../http/watch-contract.ts";

const largestAnswer = 32 * 1_048_576;
const longestPull = 20_000;

export type Origin = {
  /** Failed: why it does not seem to live. What a proxy says in its place is no sign of life. */
  lives(signal: AbortSignal): Promise<Result<undefined, string>>;
  pull(signal: AbortSignal): Promise<Result<WatchSnapshot, string>>;
  takeBack(signal: AbortSignal): Promise<Result<undefined, string>>;
};

type Where = { readonly url: string; readonly token: string; readonly timeout: number };
type Asked = { readonly path: string; readonly method: "GET" | "POST"; readonly late: number; readonly token?: string };

async function ask(
  url: string,
  { path, method, late, token }: Asked,
  signal: AbortSignal,
): Promise<Result<unknown, string>> {
  const { host } = new URL(url);
  try {
    const response = await fetch(`${url}${path}`, {
      method,
      headers: {
        Accept: "application/json",
        "User-Agent": "tocsin-watch",
        ...(token === undefined ? {} : { Authorization: `Bearer ${token}` }),
      },
      // The token is for this address alone.
      redirect: "error",
      signal: AbortSignal.any([signal, AbortSignal.timeout(late)]),
    });
    if (!response.ok) {
      await response.body?.cancel();
      return failed(`${host} answers ${response.status}`);
    }
    return ok(JSON.parse(await boundedText(response, largestAnswer)));
  } catch (thrown) {
    const slow = thrown instanceof Error && thrown.name === "TimeoutError";
    return failed(
      slow ? `${host} does not answer` : oneLine(`${host}: ${reasonOf(thrown).replaceAll(url, host)}`, 200),
    );
  }
}

const Health = z.object({ status: z.literal("ok") });

export function originAt({ url, token, timeout }: Where): Origin {
  return {
    async lives(signal) {
      const said = await ask(url, { path: "/healthz", method: "GET", late: timeout }, signal);
      if (!said.ok) return said;
      return Health.safeParse(said.value).success ? ok(undefined) : failed(`${new URL(url).host} is no Tocsin`);
    },
    async pull(signal) {
      const said = await ask(url, { path: "/api/v1/watch", method: "GET", late: longestPull, token }, signal);
      if (!said.ok) return said;
      const read = WatchSnapshot.safeParse(said.value);
      return read.success ? ok(read.data) : failed("what it answers is of another version than this watcher");
    },
    async takeBack(signal) {
      const said = await ask(url, { path: "/api/v1/watch/back", method: "POST", late: longestPull, token }, signal);
      return said.ok ? ok(undefined) : said;
    },
  };
}

/** Any answer will do: it came from outside. */
export async function anyAnswers(addresses: readonly string[], late: number, signal: AbortSignal): Promise<boolean> {
  const answers = await Promise.all(addresses.map((address) => answersAt(address, late, signal)));
  return answers.some((status) => status !== undefined);
}

/** The status that it answers with, whatever it is. */
export async function answersAt(address: string, late: number, signal: AbortSignal): Promise<number | undefined> {
  const client = httpClient(address);
  const said = await client.ask({ method: "GET", headers: {}, timeoutMs: late }, signal);
  client.close();
  return said.kind === "answer" ? said.status : undefined;
}
