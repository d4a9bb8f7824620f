// Follows the status page of somebody else. What it says is their word: it drafts, and never speaks to users by itself.
import { z } from "zod";
import { jsonState } from "../alerts/json-state.ts";
import { defineSource } from "../alerts/source.ts";
import { duration, idOf, webUrl } from "../config/fields.ts";
import type { ComponentId } from "../config/names.ts";
import { isoSeconds, second, type Instant } from "../lib/clock.ts";
import { sayDuration } from "../lib/duration.ts";
import { present } from "../lib/records.ts";
import { readUrl, type Stamp } from "../lib/read-url.ts";
import { failed, ok, reasonOf } from "../lib/result.ts";
import { count, oneLine } from "../lib/text.ts";
import type { Feed } from "../shapes/upstream-feed.ts";
import { kinds, type Fetch, type Kind } from "./upstream-kinds.ts";
import { hear, plannedOf, sayStrangers, State, strangersOf, type Watch } from "./upstream-watch.ts";

/** A look is cut off after a minute, and some kinds read twice. */
const longestTimeout = 25 * second;
const mostBytes = 4_000_000;

const match = z.array(z.string().trim().min(1).max(200)).min(1).max(50);
const Watched = z.strictObject({
  component: idOf<ComponentId>().describe("The component that the page is about."),
  upstream: z.string().trim().min(1).max(200).optional().describe("Whose page it is."),
  match: match.optional().describe("Which of the page's components, or words of its titles, it is."),
});

function configOf(kind: Kind) {
  return z
    .strictObject({
      url: webUrl().describe("The status page, or the file of it that programs read."),
      component: idOf<ComponentId>().optional().describe("The component that the page is about."),
      upstream: z
        .string()
        .trim()
        .min(1)
        .max(200)
        .optional()
        .describe("Whose page it is; what it calls itself when not written."),
      match: match
        .optional()
        .describe(
          "Names of the page's components; where it lists none, words of its titles. All of it when not written.",
        ),
      components: z
        .array(Watched)
        .min(1)
        .max(500)
        .optional()
        .describe("Several components that one page is about, in place of component and match."),
      every: duration(second).prefault("1m").describe("How often."),
      timeout: duration(second)
        .refine((ms) => ms <= longestTimeout, `must be at most ${longestTimeout / second}s`)
        .prefault("10s")
        .describe("How long a whole answer may take."),
      stale_after: (kind.staleAfter === undefined
        ? duration(second).optional()
        : duration(second).prefault(kind.staleAfter)
      ).describe("A page that says when it was made, and was made longer ago, says nothing."),
      blind_after: duration(second).prefault("30m").describe("How long it may be unreadable before that is an alert."),
    })
    .superRefine(({ component, match: words, components }, check) => {
      const wrong = (message: string): void => check.addIssue({ code: "custom", path: ["component"], message });
      if ((component === undefined) === (components === undefined)) wrong("say either component or components");
      else if (component === undefined && words !== undefined)
        wrong("match stands beside component; each of components has its own");
    });
}
type Config = z.output<ReturnType<typeof configOf>>;

/** What was read last at each address, and the stamp to ask by; memory alone, for a restart may well read anew. */
type Pages = Map<string, { readonly text: string; readonly stamp: Stamp }>;

const accept =
  "application/json, application/atom+xml, application/rss+xml, application/xml;q=0.9, text/*;q=0.8, */*;q=0.1";

function fetching({ timeout: timeoutMs }: Config, pages: Pages, signal: AbortSignal): Fetch {
  return async (address, optional) => {
    const known = pages.get(address);
    const stamp = known?.stamp.etag === undefined && known?.stamp.modified === undefined ? {} : { stamp: known.stamp };
    const read = await readUrl(address, { timeoutMs, mostBytes, accept, ...stamp }, signal);
    if (read.kind === "unchanged") return known?.text;
    pages.delete(address);
    if (read.kind === "missing" && optional !== undefined) return undefined;
    if (read.kind !== "text") throw new Error(read.because);
    pages.set(address, { text: read.text, stamp: read.stamp });
    return read.text;
  };
}

/** Throws when there is no word of the upstream: it cannot be read, is no such page, or is older than it may be. */
async function readFeed(kind: Kind, config: Config, pages: Pages, now: Instant, signal: AbortSignal): Promise<Feed> {
  const { host } = new URL(config.url);
  const feed = await kind.read(config.url, fetching(config, pages, signal), now);
  signal.throwIfAborted();
  if (!feed.ok) {
    // What cannot be understood is asked for anew, whole.
    pages.clear();
    throw new Error(oneLine(`${host}: ${feed.error}`, 300));
  }
  const { builtAt } = feed.value;
  const { stale_after: stale } = config;
  if (builtAt !== undefined && stale !== undefined && builtAt < now - stale)
    throw new Error(
      `${host} was made ${isoSeconds(builtAt)}, more than ${sayDuration(stale)} ago: it says nothing of now`,
    );
  return feed.value;
}

function watchesOf({ component, upstream, match: words, components }: Config): readonly Watch[] {
  const all = components ?? (component === undefined ? [] : [{ component, upstream, match: words }]);
  return all.map((each) => present({ component: each.component, match: each.match ?? [], upstream: each.upstream }));
}

function upstream(kind: Kind) {
  return defineSource<ReturnType<typeof configOf>, State>(
    configOf(kind),
    ({ component, components }) => [
      ...(component === undefined ? [] : [{ component, path: ["component"] }]),
      ...(components ?? []).map((each, i) => ({ component: each.component, path: ["components", i, "component"] })),
    ],
    ({ id, config }, { clock }) => {
      const watches = watchesOf(config);
      const pages: Pages = new Map();
      return {
        kind: "looking",
        everyMs: config.every,
        blindAfterMs: config.blind_after,
        components: watches.map(({ component }) => component),
        hearsay: true,
        ...jsonState(State),
        async reach(signal) {
          try {
            const feed = await readFeed(kind, config, new Map(), clock.now(), signal);
            const lost = watches
              .map((watch) => sayStrangers(strangersOf(watch, feed), feed))
              .filter((said) => said !== "");
            if (lost.length > 0) return failed(lost.join("; "));
            const open = feed.incidents.filter(({ phase }) => phase !== "resolved").length;
            const listed = feed.complete ? `${count(feed.components.length, "component")}, ` : "";
            return ok(`${new URL(config.url).host}: ${kind.name}, ${listed}${count(open, "open incident")}`);
          } catch (thrown) {
            return failed(reasonOf(thrown));
          }
        },
        async look({ now, state }, signal) {
          const feed = await readFeed(kind, config, pages, now, signal);
          const lost = watches.flatMap((watch) => strangersOf(watch, feed));
          if (lost.length > 0 && lost.length === watches.flatMap((watch) => watch.match).length)
            throw new Error(oneLine(sayStrangers(lost, feed), 300));
          const place = { id, address: kind.page(config.url), now };
          const heard = hear(feed, watches, state ?? { firing: {} }, place);
          const planned = plannedOf(feed, watches, place);
          const said = planned.length === 0 ? undefined : JSON.stringify(planned);
          return {
            alerts: heard.alerts,
            state: present({ ...heard.state, planned: said }),
            samples: [],
            ...(said === state?.planned ? {} : { planned }),
          };
        },
      };
    },
  );
}

export const upstreamStatuspage = upstream(kinds.statuspage);
export const upstreamInstatus = upstream(kinds.instatus);
export const upstreamCstate = upstream(kinds.cstate);
export const upstreamUpptime = upstream(kinds.upptime);
export const upstreamKuma = upstream(kinds.kuma);
export const upstreamFedora = upstream(kinds.fedora);
export const upstreamSyndication = upstream(kinds.syndication);
