// What each software of status pages serves where, and how what it serves is read.
import type { Instant } from "../lib/clock.ts";
import { failed, type Result } from "../lib/result.ts";
import { readCstate } from "../shapes/upstream-cstate.ts";
import { readFedora } from "../shapes/upstream-fedora.ts";
import type { Feed } from "../shapes/upstream-feed.ts";
import { readInstatus } from "../shapes/upstream-instatus.ts";
import { readKuma } from "../shapes/upstream-kuma.ts";
import { readStatuspage } from "../shapes/upstream-statuspage.ts";
import { readUpptime } from "../shapes/upstream-upptime.ts";

/** The text at an address; undefined where there is none and none need be. Throws what keeps it from being read. */
export type Fetch = (address: string, optional?: "optional") => Promise<string | undefined>;

export type Kind = {
  /** What a reader would call it. */
  readonly name: string;
  /** A page that is made by a build, or that looks by itself, is no word when that was longer ago. */
  readonly staleAfter?: string;
  /** The page as people see it, for a link. */
  page(url: string): string;
  read(url: string, fetch: Fetch, now: Instant): Promise<Result<Feed, string>>;
};

const json = /\.json$/iu;

/** `https://status.example.org` → `https://status.example.org/index.json`; who writes the file itself means that file. */
function under(url: string, path: string): string {
  const base = new URL(url);
  base.hash = "";
  if (json.test(base.pathname)) return new URL(path.split("/").at(-1) ?? path, base).href;
  base.pathname = `${base.pathname.replace(/\/+$/u, "")}/${path}`;
  return base.href;
}

/** The page for people: without a file of programs, and without what may be a secret. */
function shown(url: string): string {
  const page = new URL(url);
  if (json.test(page.pathname)) page.pathname = page.pathname.replace(/[^/]*$/u, "");
  [page.username, page.password, page.search, page.hash] = ["", "", "", ""];
  return page.href.replace(/\/+$/u, "");
}

async function needed(fetch: Fetch, address: string): Promise<string> {
  return (await fetch(address)) ?? "";
}

const statuspage: Kind = {
  name: "Statuspage",
  page: (url) => shown(url).replace(/\/api\/v2$/iu, ""),
  async read(url, fetch) {
    const body = await needed(fetch, json.test(new URL(url).pathname) ? url : under(url, "api/v2/summary.json"));
    return readStatuspage(body, statuspage.page(url));
  },
};

const instatus: Kind = {
  name: "Instatus",
  page: (url) => shown(url),
  async read(url, fetch) {
    const root = json.test(new URL(url).pathname) ? new URL("./", url).href : url;
    const [summary, components] = await Promise.all([
      needed(fetch, json.test(new URL(url).pathname) ? url : under(root, "summary.json")),
      fetch(under(root, "v2/components.json"), "optional"),
    ]);
    return readInstatus(summary, components, instatus.page(url));
  },
};

const cstate: Kind = {
  name: "cState",
  staleAfter: "30d",
  page: (url) => shown(url),
  async read(url, fetch, now) {
    return readCstate(await needed(fetch, under(url, "index.json")), shown(url), now);
  },
};

const fedora: Kind = {
  name: "Fedora's status page",
  page: (url) => shown(url),
  async read(url, fetch, now) {
    const [ongoing, planned] = await Promise.all([
      needed(fetch, under(url, "ongoing.json")),
      fetch(under(url, "planned.json"), "optional"),
    ]);
    return readFedora(ongoing, planned, shown(url), now);
  },
};

/** So many sites are asked when they were last looked at: any of them tells that it still runs. */
const looksAt = 3;

const upptime: Kind = {
  name: "Upptime",
  // Each site is looked at anew, and written down, at least once a day.
  staleAfter: "2d",
  page: (url) =>
    shown(url).replace(/^https:\/\/raw\.githubusercontent\.com\/([^/]+\/[^/]+)\/.*$/u, "https://github.com/$1"),
  async read(url, fetch) {
    const repository = /^https:\/\/github\.com\/([^/]+\/[^/]+?)(?:\.git)?\/?$/u.exec(url)?.[1];
    const root = repository === undefined ? url : `https://raw.githubusercontent.com/${repository}/HEAD`;
    const summary = await needed(fetch, json.test(new URL(root).pathname) ? root : under(root, "history/summary.json"));
    const bare = readUpptime(summary, []);
    if (!bare.ok) return bare;
    const slugs = bare.value.components.slice(0, looksAt).map(({ id }) => encodeURIComponent(id));
    const at = (slug: string): string => (json.test(new URL(root).pathname) ? new URL(`${slug}.yml`, root).href : under(root, `history/${slug}.yml`)); // prettier-ignore
    const looks = await Promise.all(slugs.map((slug) => fetch(at(slug), "optional")));
    return readUpptime(
      summary,
      looks.flatMap((look) => look ?? []),
    );
  },
};

const kuma: Kind = {
  name: "Uptime Kuma",
  staleAfter: "1h",
  page: (url) => shown(url).replace(/\/api\/status-page\/([\w-]+)$/u, "/status/$1"),
  async read(url, fetch) {
    const slug = /\/(?:status|api\/status-page)\/([\w-]+)\/?$/u.exec(new URL(url).pathname)?.[1];
    if (slug === undefined) return failed("the url of a status page of Uptime Kuma ends with /status/NAME");
    const at = (path: string): string => {
      const address = new URL(url);
      address.pathname = address.pathname.replace(
        /\/(?:status|api\/status-page)\/[\w-]+\/?$/u,
        `/api/status-page/${path}`,
      );
      return address.href;
    };
    const [page, heartbeats] = await Promise.all([needed(fetch, at(slug)), needed(fetch, at(`heartbeat/${slug}`))]);
    return readKuma(page, heartbeats);
  },
};

const syndication: Kind = {
  name: "RSS or Atom",
  page: (url) => shown(url),
  async read(url, fetch, now) {
    // The XML parser is 10 MB of every start; hardly anybody needs it.
    const { readSyndication } = await import("../shapes/upstream-syndication.ts");
    return readSyndication(await needed(fetch, url), shown(url), now);
  },
};

export const kinds = { statuspage, instatus, cstate, upptime, kuma, fedora, syndication } as const;
