// Status pages of others, as a server on loopback serves them: well, in trouble, or lying.
import { createServer, type IncomingMessage, type ServerResponse } from "node:http";
import type { Instant } from "../../src/lib/clock.ts";

type Answer = string | ((request: IncomingMessage, response: ServerResponse) => void);

export type FeedServer = AsyncDisposable & {
  readonly url: string;
  /** What is answered at a path from now on; text with an ETag of its own. */
  serve(path: string, answer: Answer): void;
  drop(path: string): void;
  /** `200 /index.json`, one for each request. */
  readonly asked: string[];
};

function stamped(body: string, request: IncomingMessage, response: ServerResponse): number {
  const etag = `"${Buffer.from(body).toString("base64").slice(-24)}-${body.length}"`;
  const same = request.headers["if-none-match"] === etag;
  response.writeHead(same ? 304 : 200, { ETag: etag, "Content-Type": "application/json" });
  response.end(same ? undefined : body);
  return same ? 304 : 200;
}

export async function feedServer(): Promise<FeedServer> {
  const answers = new Map<string, Answer>();
  const asked: string[] = [];
  const server = createServer((request, response) => {
    const path = new URL(request.url ?? "/", "http://x").pathname;
    const answer = answers.get(path);
    response.on("error", () => {});
    if (answer === undefined) {
      asked.push(`404 ${path}`);
      response.writeHead(404, { "Content-Type": "text/html" }).end("<html>not here</html>");
    } else if (typeof answer === "string") asked.push(`${stamped(answer, request, response)} ${path}`);
    else {
      asked.push(`own ${path}`);
      answer(request, response);
    }
  });
  await new Promise<void>((done) => server.listen(0, "127.0.0.1", done));
  const address = server.address();
  if (address === null || typeof address === "string") throw new Error("no TCP port");
  return {
    url: `http://127.0.0.1:${address.port}`,
    serve: (path, answer) => void answers.set(path, answer),
    drop: (path) => void answers.delete(path),
    asked,
    async [Symbol.asyncDispose]() {
      server.closeAllConnections();
      await new Promise((done) => server.close(done));
    },
  };
}

type Json = Readonly<Record<string, unknown>>;

const iso = (at: Instant): string => new Date(at).toISOString();

/** A page of two components, with these incidents and plans. */
export function statuspage(more: Json = {}, components: readonly Json[] = []): string {
  return JSON.stringify({
    page: { id: "p", name: "Example Forge", url: "https://status.forge.example", updated_at: iso(0) },
    components: [
      { id: "c1", name: "Git", status: "operational", group_id: null },
      { id: "c2", name: "Runners", status: "operational", group_id: null },
      ...components,
    ],
    incidents: [],
    scheduled_maintenances: [],
    status: { indicator: "none", description: "All Systems Operational" },
    ...more,
  });
}

/** As cState 6 writes it, built at `now`; `issues` are the lines that its template would fill in. */
export function cstate(now: Instant, systems: readonly Json[] = []): string {
  const built = iso(now);
  return JSON.stringify({
    is: "index",
    cStateVersion: "6.0.1",
    apiVersion: "2.0",
    title: "Example Farm",
    baseURL: "https://status.farm.example/",
    summaryStatus: "ok",
    pinnedIssues: [],
    systems: [{ name: "Farm API", category: "All", status: "ok", unresolvedIssues: [] }, ...systems],
    buildDate: built.slice(0, 10),
    buildTime: built.slice(11, 16),
    buildTimezone: "UTC",
  });
}

const rss = (items: string): string =>
  `<?xml version="1.0" encoding="utf-8"?><rss version="2.0"><channel><title>Example News</title><link>https://news.example</link>${items}</channel></rss>`;

export type Healthy = { readonly path: string; readonly pages: Readonly<Record<string, string>> };

/** For each type of source, a page of its kind on which all is well. */
export function healthyFeeds(now: Instant): Readonly<Record<string, Healthy>> {
  const beat = { status: 1, time: iso(now).replace("T", " ").replace("Z", ""), msg: "", ping: 12 };
  return {
    "upstream-statuspage": { path: "", pages: { "/api/v2/summary.json": statuspage() } },
    "upstream-instatus": {
      path: "",
      pages: {
        "/summary.json": JSON.stringify({ page: { name: "Example", url: "https://in.example", status: "UP" } }),
        "/v2/components.json": JSON.stringify({ components: [{ id: "i1", name: "API", status: "OPERATIONAL" }] }),
      },
    },
    "upstream-cstate": { path: "", pages: { "/index.json": cstate(now) } },
    "upstream-upptime": {
      path: "",
      pages: {
        "/history/summary.json": JSON.stringify([{ name: "Site", slug: "site", status: "up" }]),
        "/history/site.yml": `url: https://site.example\nstatus: up\nlastUpdated: ${iso(now)}\n`,
      },
    },
    "upstream-uptime-kuma": {
      path: "/status/all",
      pages: {
        "/api/status-page/all": JSON.stringify({
          config: { slug: "all", title: "Example" },
          incidents: [],
          publicGroupList: [{ id: 1, name: "Services", monitorList: [{ id: 7, name: "API" }] }],
          maintenanceList: [],
        }),
        "/api/status-page/heartbeat/all": JSON.stringify({ heartbeatList: { 7: [beat] }, uptimeList: { "7_24": 1 } }),
      },
    },
    "upstream-fedora": {
      path: "",
      pages: { "/ongoing.json": '{"outages":[]}', "/planned.json": '{"outages":[]}' },
    },
    "upstream-rss": { path: "/history.rss", pages: { "/history.rss": rss("") } },
  };
}
