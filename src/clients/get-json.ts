// Asks a service for one thing as JSON: bounded in time and size, never rejects, and says of a failure nothing but the host.
import { boundedText } from "./bounded-text.ts";
import type { z } from "zod";
import { second } from "../lib/clock.ts";
import { failed, ok, reasonOf, type Result } from "../lib/result.ts";
import { oneLine } from "../lib/text.ts";

const longestAnswerMs = 5 * second;
const largestAnswer = 4 * 1_048_576;

/** `missing`: the service knows of no such thing, which is an answer too. */
export type NoAnswer = { readonly kind: "missing" | "unreached"; readonly because: string };

export async function getJson<T>(url: URL, shape: z.ZodType<T>, signal: AbortSignal): Promise<Result<T, NoAnswer>> {
  const { host } = url;
  const unreached = (because: string) => failed({ kind: "unreached" as const, because });
  try {
    const response = await fetch(url, {
      headers: { Accept: "application/json", "User-Agent": "tocsin" },
      redirect: "error",
      signal: AbortSignal.any([signal, AbortSignal.timeout(longestAnswerMs)]),
    });
    if (!response.ok) {
      await response.body?.cancel();
      if (response.status === 404) return failed({ kind: "missing", because: `${host} knows of no such job` });
      return unreached(`${host} answers ${response.status}`);
    }
    const read = shape.safeParse(JSON.parse(await boundedText(response, largestAnswer)));
    return read.success ? ok(read.data) : unreached(`${host} does not answer in the shape that is known`);
  } catch (thrown) {
    const late = thrown instanceof Error && thrown.name === "TimeoutError";
    return unreached(
      late ? `${host} does not answer` : oneLine(`${host}: ${reasonOf(thrown).replaceAll(url.href, host)}`, 200),
    );
  }
}
