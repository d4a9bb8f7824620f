// A Sentry on loopback: its issues and metric alerts, and a check of every request against what Sentry documents.
import { createServer, type IncomingMessage, type ServerResponse } from "node:http";
import { z } from "zod";

/** An issue as the API gives it; what a test does not say is left out. */
export type SentryIssue = { readonly id: string; readonly status: string } & Readonly<Record<string, unknown>>;

/** Throws when it is closed, if a request was not as Sentry documents it. */
export type FakeSentry = AsyncDisposable & {
  readonly url: string;
  readonly organization: string;
  readonly token: string;
  readonly issues: Map<string, SentryIssue>;
  /** Issues that were put into another: old id → new id. */
  readonly merged: Map<string, string>;
  /** Metric alerts, by their identifier. */
  readonly incidents: Map<string, object>;
  /** Of every request, in order. */
  readonly asked: string[];
  /** Issues on a page. */
  pageSize: number;
  /** Said in place of the next answer. */
  readonly instead: ((response: ServerResponse) => void)[];
  /** Added to every answer. */
  headers: Readonly<Record<string, string>>;
};

/** https://docs.sentry.io/api/auth/: the scheme is Bearer. */
const Authorization = (token: string) => z.literal(`Bearer ${token}`);

const many = <T extends z.ZodType>(one: T) => z.array(one);
const single = <T extends z.ZodType>(one: T) => z.tuple([one]);

/** `KEY:VALUE`, `KEY:>=TIME`, `KEY:[a,b]`, `is:STATUS`: https://docs.sentry.io/concepts/search/ and its issue properties. */
const Term = z.union([
  z.enum(["is:unresolved", "is:resolved", "is:archived"]),
  z.string().regex(/^(firstSeen|lastSeen):(>=|<=|>|<)\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ$/u),
  z.string().regex(/^(firstSeen|lastSeen):[-+]\d+[mhdw]$/u),
  z.string().regex(/^project:\[[a-z0-9_-]+(,[a-z0-9_-]+)*\]$/u),
]);
const Query = z.string().transform((text) => text.split(" ").filter((word) => word !== "")).pipe(z.array(Term)); // prettier-ignore

/** https://docs.sentry.io/api/events/list-an-organizations-issues/, and `group`, by which Sentry's own pages ask for ids. */
const IssuesParameters = z.strictObject({
  project: many(z.string().regex(/^(-1|\d+)$/u)).optional(),
  query: single(Query).optional(),
  sort: single(z.enum(["date", "freq", "inbox", "new", "trends", "user"])).optional(),
  limit: single(z.coerce.number().int().min(1).max(100)).optional(),
  collapse: many(z.enum(["base", "filtered", "lifetime", "stats", "unhandled"])).optional(),
  group: many(z.string().regex(/^\d+$/u)).max(100).optional(),
  cursor: single(z.string().regex(/^\d+:\d+:[01]$/u)).optional(),
});

/** https://docs.sentry.io/api/events/retrieve-an-issue/ */
const IssueParameters = z.strictObject({
  collapse: many(z.enum(["stats", "tags", "fullRelease"])).optional(),
  expand: many(z.string()).optional(),
});

const None = z.strictObject({});

type Found = { readonly status: number; readonly body: unknown; readonly link?: string };

export async function fakeSentry(): Promise<FakeSentry> {
  const token = "sntrys_token-of-the-fake";
  const organization = "acme";
  const root = `/api/0/organizations/${organization}`;

  const complaints: string[] = [];
  const fake: Omit<FakeSentry, typeof Symbol.asyncDispose | "url"> & { url: string } = {
    url: "",
    organization,
    token,
    issues: new Map(),
    merged: new Map(),
    incidents: new Map(),
    asked: [],
    pageSize: 100,
    instead: [],
    headers: {},
  };

  function parameters<T>(url: URL, form: z.ZodType<T>): T | undefined {
    const given = [...new Set(url.searchParams.keys())].map((name) => [name, url.searchParams.getAll(name)]);
    const parsed = form.safeParse(Object.fromEntries(given));
    if (parsed.success) return parsed.data;
    complaints.push(`${url.pathname}${url.search}: ${z.prettifyError(parsed.error)}`);
    return undefined;
  }

  function fits(issue: SentryIssue, term: string): boolean {
    const [, status] = /^is:(\w+)$/u.exec(term) ?? [];
    if (status !== undefined) return issue.status === (status === "archived" ? "ignored" : status);
    const [, projects] = /^project:\[(.*)\]$/u.exec(term) ?? [];
    if (projects !== undefined) {
      const { slug } = z.object({ slug: z.string() }).parse(issue["project"]);
      return projects.split(",").includes(slug);
    }
    const [, field = "", since = ""] = /^(\w+):>=(.*)$/u.exec(term) ?? [];
    return since === "" || Date.parse(String(issue[field])) >= Date.parse(since);
  }

  function list(url: URL): Found {
    const asked = parameters(url, IssuesParameters);
    if (asked === undefined) return { status: 400, body: { detail: "wrong parameters" } };
    // With ids, Sentry ignores the search and the pages.
    if (asked.group !== undefined) return { status: 200, body: asked.group.flatMap((id) => fake.issues.get(id) ?? []) };
    const terms = asked.query?.[0] ?? ["is:unresolved"];
    const all = [...fake.issues.values()]
      .filter((issue) => terms.every((term) => fits(issue, term)))
      .toSorted((a, b) => Date.parse(String(b["firstSeen"])) - Date.parse(String(a["firstSeen"])));
    const from = Number(asked.cursor?.[0].split(":")[1] ?? 0);
    const next = from + fake.pageSize;
    const page = (rel: string, offset: number, results: boolean): string =>
      `<http://elsewhere.invalid/next?cursor=0:${offset}:0>; rel="${rel}"; results="${results}"; cursor="0:${offset}:0"`;
    // https://docs.sentry.io/api/pagination/: both are always there.
    const link = `${page("previous", Math.max(0, from - fake.pageSize), from > 0)}, ${page("next", next, next < all.length)}`;
    return { status: 200, body: all.slice(from, next), link };
  }

  function answerTo(request: IncomingMessage, url: URL): Found {
    if (request.method !== "GET") complaints.push(`${request.method} is not asked for`);
    if (!Authorization(token).safeParse(request.headers.authorization).success)
      return { status: 401, body: { detail: "Invalid token" } };
    if (!url.pathname.startsWith(`${root}/`)) return { status: 404, body: { detail: "The requested resource does not exist" } }; // prettier-ignore
    const [, kind, id = ""] = /^\/(issues|incidents)\/(?:([^/]+)\/)?$/u.exec(url.pathname.slice(root.length)) ?? [];
    if (kind === "issues" && id === "") return list(url);
    if (kind === "issues") {
      parameters(url, IssueParameters);
      const issue = fake.issues.get(fake.merged.get(id) ?? id);
      return issue === undefined ? { status: 404, body: {} } : { status: 200, body: issue };
    }
    if (kind === "incidents" && id !== "") {
      parameters(url, None);
      const incident = fake.incidents.get(id);
      return incident === undefined ? { status: 404, body: {} } : { status: 200, body: incident };
    }
    complaints.push(`no such path: ${url.pathname}`);
    return { status: 404, body: {} };
  }

  const server = createServer((request, response) => {
    const url = new URL(request.url ?? "", "http://sentry.invalid");
    fake.asked.push(decodeURIComponent(`${url.pathname}${url.search}`));
    const instead = fake.instead.shift();
    if (instead !== undefined) return instead(response);
    const { status, body, link } = answerTo(request, url);
    const headers = {
      "Content-Type": "application/json",
      ...fake.headers,
      ...(link === undefined ? {} : { Link: link }),
    };
    response.writeHead(status, headers).end(JSON.stringify(body));
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const address = server.address();
  if (address === null || typeof address === "string") throw new Error("no TCP port");
  fake.url = `http://127.0.0.1:${address.port}`;
  return Object.assign(fake, {
    async [Symbol.asyncDispose]() {
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
      if (complaints.length > 0) throw new Error(complaints.join("\n"));
    },
  });
}
