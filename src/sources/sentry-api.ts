// Asks Sentry's API, no faster than it allows. https://docs.sentry.io/api/
import { z } from "zod";
import { second, type Clock } from "../lib/clock.ts";
import { cutAfter } from "../lib/deadline.ts";
import { sayDuration } from "../lib/duration.ts";
import { oneLine } from "../lib/text.ts";
import { Issue, MetricIncident } from "../shapes/sentry-json.ts";

export type SentryApi = {
  /** Throws when it cannot be asked. */
  reach(signal: AbortSignal): Promise<void>;
  /** Those of `ids` that there are, whatever became of them; at most `mostAtOnce` of them. */
  issues(ids: readonly string[], signal: AbortSignal): Promise<readonly Issue[]>;
  /** One by its id, also by one that it had before it was merged into another; undefined when Sentry has it no more. */
  issue(id: string, signal: AbortSignal): Promise<Issue | undefined>;
  /** What a search finds, newest first. */
  search(query: string, signal: AbortSignal): Promise<readonly Issue[]>;
  /** What became of a metric alert; undefined when Sentry has it no more. */
  incident(identifier: string, signal: AbortSignal): Promise<z.output<typeof MetricIncident> | undefined>;
};

/** As many as Sentry puts on a page, and as fit into an address. */
export const mostAtOnce = 100;
/** More new issues between two looks are a flood in which none is missed. */
const mostPages = 10;
/** A pause that its rate limit asks for; a longer one is for the next look. */
const longestPause = 10 * second;
const longestAnswer = 20 * second;
/** A page of issues is some hundred kilobytes. */
const largestAnswer = 20_000_000;

type Answer = { readonly status: number; readonly json: unknown; readonly next?: string };

/** `<…>; rel="next"; results="true"; cursor="0:100:0"`. Only the cursor is used: an address in an answer is not ours to trust. */
function nextCursor(link: string | null): string | undefined {
  const next = (link ?? "").split(/,\s*(?=<)/u).find((part) => /;\s*rel="next"/u.test(part));
  if (next === undefined || !/;\s*results="true"/u.test(next)) return undefined;
  return /;\s*cursor="([^"]{1,200})"/u.exec(next)?.[1];
}

/** Until when Sentry wants to hear nothing: https://docs.sentry.io/api/ratelimits/ */
function quietUntil(headers: Headers, status: number, now: number): number {
  const number = (name: string): number | undefined => {
    const text = headers.get(name);
    return text !== null && /^\d{1,12}(\.\d+)?$/u.test(text) ? Number(text) : undefined;
  };
  const after = number("retry-after");
  if (status === 429 && after !== undefined) return now + after * second;
  const reset = number("x-sentry-rate-limit-reset");
  const spent = status === 429 || number("x-sentry-rate-limit-remaining") === 0;
  if (!spent) return now;
  return reset === undefined ? now + second : Math.max(now, reset * second);
}

async function readAll(response: Response): Promise<string> {
  const chunks: Uint8Array[] = [];
  let size = 0;
  for await (const part of response.body ?? []) {
    const chunk: unknown = part;
    if (!(chunk instanceof Uint8Array)) continue;
    size += chunk.byteLength;
    if (size > largestAnswer) throw new Error("Sentry's answer is too large");
    chunks.push(chunk);
  }
  return Buffer.concat(chunks).toString("utf8");
}

const reasons: Readonly<Record<number, string>> = {
  401: "it does not know the token",
  403: "the token may not read that: it needs the permission Issue & Event: Read",
  404: "it has no such organization, or the token is of another",
};

export function sentryApi(
  { url, organization, token }: { readonly url: string; readonly organization: string; readonly token: string },
  clock: Clock,
): SentryApi {
  const base = `${url}/api/0/organizations/${encodeURIComponent(organization)}`;
  const host = new URL(url).host;
  let silentUntil = 0;

  async function pause(signal: AbortSignal): Promise<void> {
    const ms = silentUntil - clock.now();
    if (ms > longestPause) throw new Error(`${host} limits our rate: it is asked again in ${sayDuration(ms)}`);
    if (ms > 0) await clock.wait(ms, signal);
    signal.throwIfAborted();
  }

  async function get(
    path: string,
    query: readonly (readonly [string, string])[],
    signal: AbortSignal,
  ): Promise<Answer> {
    await pause(signal);
    using cut = cutAfter(longestAnswer, signal);
    const response = await fetch(`${base}${path}?${new URLSearchParams(query.map(([k, v]) => [k, v])).toString()}`, {
      headers: { Authorization: `Bearer ${token}`, Accept: "application/json", "User-Agent": "tocsin" },
      redirect: "manual",
      signal: cut.signal,
    });
    const { status, headers } = response;
    silentUntil = quietUntil(headers, status, clock.now());
    if (status === 429) throw new Error(`${host} limits our rate (429)`);
    const text = await readAll(response);
    if (status !== 200) return { status, json: undefined };
    const next = nextCursor(headers.get("link"));
    try {
      return { status, json: JSON.parse(text), ...(next === undefined ? {} : { next }) };
    } catch {
      throw new Error(`${host} answers what is not JSON`);
    }
  }

  function understood<T>({ status, json }: Answer, form: z.ZodType<T>): T {
    if (status >= 300 && status < 400) throw new Error(`${host} sends us elsewhere (${status}): write that address`);
    if (status !== 200) throw new Error(`${host} answers ${status}${reasons[status] === undefined ? "" : `: ${reasons[status]}`}`); // prettier-ignore
    const parsed = form.safeParse(json);
    if (parsed.success) return parsed.data;
    const [issue] = parsed.error.issues;
    throw new Error(`${host} answers something else than is asked: ${oneLine(issue?.message ?? "", 100)}`);
  }

  const Issues = z.array(Issue);
  /** Of all projects that the token may see; figures that nobody reads are left out. */
  const every = [["project", "-1"], ["collapse", "stats"]] as const; // prettier-ignore
  const usual = [...every, ["limit", String(mostAtOnce)]] as const;

  return {
    async reach(signal) {
      understood(await get("/issues/", [...every, ["limit", "1"], ["query", "is:unresolved"]], signal), Issues);
    },
    async issues(ids, signal) {
      const asked = ids.map((id) => ["group", id] as const);
      return understood(await get("/issues/", [...usual, ["query", ""], ...asked], signal), Issues);
    },
    async issue(id, signal) {
      const answer = await get(`/issues/${encodeURIComponent(id)}/`, [["collapse", "stats"]], signal);
      return answer.status === 404 ? undefined : understood(answer, Issue);
    },
    async search(query, signal) {
      const found: Issue[] = [];
      let cursor: string | undefined;
      for (let page = 0; page < mostPages; page++) {
        const from = cursor === undefined ? [] : [["cursor", cursor] as const];
        const answer = await get("/issues/", [...usual, ["query", query], ["sort", "new"], ...from], signal);
        found.push(...understood(answer, Issues));
        cursor = answer.next;
        if (cursor === undefined) break;
      }
      return found;
    },
    async incident(identifier, signal) {
      const answer = await get(`/incidents/${encodeURIComponent(identifier)}/`, [], signal);
      return answer.status === 404 ? undefined : understood(answer, MetricIncident);
    },
  };
}
