// A GitHub on loopback: REST held against its published description, GraphQL executed against its published schema, and what it enforces beside them.
import { createServer, type IncomingMessage, type ServerResponse } from "node:http";
import { schema as published } from "@octokit/graphql-schema";
import { buildSchema, graphql, GraphQLError, type GraphQLSchema } from "graphql";
import { operationAt, rightAnswer, rightBody, wrongQuery } from "./github-schema.ts";

export type FakeIssue = {
  readonly number: number;
  title: string;
  body: string;
  state: "open" | "closed";
  state_reason: string | null;
  locked: boolean;
  labels: string[];
  author: string;
  readonly comments: { readonly id: number; body: string; author: string }[];
  /** Moved to another repository, as `owner/name#number`; or deleted. */
  gone?: string;
};

/** Throws when it is closed, if a request or an answer was not as GitHub describes it. */
export type FakeGithub = AsyncDisposable & {
  readonly url: string;
  readonly repository: string;
  readonly token: string;
  readonly issues: Map<number, FakeIssue>;
  /** Pinned issues, the first pinned first. */
  readonly pins: number[];
  /** `POST /repos/…/issues`, `pinIssue`: everything that was asked, in order. */
  readonly asked: string[];
  /** Said in place of the next answers. */
  readonly instead: ((request: string, response: ServerResponse) => boolean)[];
  /** Opens an issue as somebody else. */
  foreign(issue: Partial<FakeIssue>): FakeIssue;
};

const when = "2026-11-22T10:00:00Z";
/** https://docs.github.com/en/issues/tracking-your-work-with-issues/administering-issues/pinning-an-issue-to-your-repository */
const mostPins = 3;

let executable: GraphQLSchema | undefined;
const schemaOf = (): GraphQLSchema => (executable ??= buildSchema(published.idl, { assumeValid: true }));

function user(login: string, url: string): object {
  const links = "avatar_url events_url followers_url following_url gists_url html_url organizations_url received_events_url repos_url starred_url subscriptions_url url"; // prettier-ignore
  return {
    ...Object.fromEntries(links.split(" ").map((key) => [key, url])),
    login,
    id: 1,
    node_id: "U_1",
    gravatar_id: "",
    type: login.endsWith("[bot]") ? "Bot" : "User",
    site_admin: false,
  };
}

async function read(request: IncomingMessage): Promise<unknown> {
  const chunks: Buffer[] = [];
  for await (const chunk of request) chunks.push(Buffer.from(chunk));
  const text = Buffer.concat(chunks).toString("utf8");
  return text === "" ? undefined : JSON.parse(text);
}

type Options = { readonly port?: number; readonly login?: string; readonly repository?: string };

export async function startGithub({
  port = 0,
  login = "tocsin[bot]",
  repository = "packit/packit",
}: Options = {}): Promise<FakeGithub> {
  const issues = new Map<number, FakeIssue>();
  const pins: number[] = [];
  const asked: string[] = [];
  const instead: ((request: string, response: ServerResponse) => boolean)[] = [];
  const strange: string[] = [];
  const token = "ghs_s3cret-of-the-fixture";
  let url = "";
  let ids = 1000;

  function restIssue(issue: FakeIssue): object {
    const own = `${url}/repos/${issue.gone?.split("#")[0] ?? repository}`;
    const number = Number(issue.gone?.split("#")[1] ?? issue.number);
    const here = `${own}/issues/${number}`;
    return {
      id: 100 + issue.number,
      node_id: `I_${issue.number}`,
      number,
      url: here,
      repository_url: own,
      labels_url: `${here}/labels{/name}`,
      comments_url: `${here}/comments`,
      events_url: `${here}/events`,
      html_url: here,
      title: issue.title,
      body: issue.body,
      state: issue.state,
      state_reason: issue.state_reason,
      locked: issue.locked,
      labels: issue.labels.map((name, i) => ({
        id: i,
        node_id: "L",
        url: here,
        name,
        color: "ededed",
        default: false,
      })),
      user: user(issue.author, url),
      assignee: null,
      milestone: null,
      comments: issue.comments.length,
      closed_at: issue.state === "closed" ? when : null,
      created_at: when,
      updated_at: when,
    };
  }

  function restComment(issue: FakeIssue, comment: FakeIssue["comments"][number]): object {
    const here = `${url}/repos/${repository}/issues/comments/${comment.id}`;
    return {
      id: comment.id,
      node_id: `IC_${comment.id}`,
      url: here,
      html_url: here,
      issue_url: `${url}/repos/${repository}/issues/${issue.number}`,
      body: comment.body,
      user: user(comment.author, url),
      created_at: when,
      updated_at: when,
    };
  }

  function add(issue: Partial<FakeIssue>): FakeIssue {
    const number = issues.size + 1;
    const made: FakeIssue = { number, title: "", body: "", state: "open", state_reason: null, locked: false, labels: [], author: login, comments: [], ...issue }; // prettier-ignore
    issues.set(number, made);
    return made;
  }

  const byNode = (id: string): FakeIssue => {
    const issue = issues.get(Number(id.slice(2)));
    if (issue === undefined) throw new GraphQLError(`Could not resolve to a node with the global id of '${id}'`);
    return issue;
  };
  const graphqlIssue = (issue: FakeIssue): object => ({
    id: `I_${issue.number}`,
    number: issue.number,
    body: issue.body,
    // Here the login of a bot has no suffix.
    author: issue.author.endsWith("[bot]") ? { __typename: "Bot", login: issue.author.replace("[bot]", "") } : { __typename: "User", login: issue.author }, // prettier-ignore
  });
  const roots = {
    viewer: { login },
    repository: ({ owner, name }: { readonly owner: string; readonly name: string }) =>
      `${owner}/${name}` === repository
        ? { pinnedIssues: ({ first }: { readonly first: number }) => ({ nodes: pins.slice(0, first).map((number) => ({ issue: graphqlIssue(byNode(`I_${number}`)) })) }) } // prettier-ignore
        : null,
    pinIssue: ({ input }: { readonly input: { readonly issueId: string } }) => {
      asked.push("pinIssue");
      const { number } = byNode(input.issueId);
      if (pins.length >= mostPins) throw new GraphQLError("Maximum 3 pinned issues per repository");
      if (!pins.includes(number)) pins.push(number);
      return {};
    },
    unpinIssue: ({ input }: { readonly input: { readonly issueId: string } }) => {
      asked.push("unpinIssue");
      const { number } = byNode(input.issueId);
      if (pins.includes(number)) pins.splice(pins.indexOf(number), 1);
      return {};
    },
  };

  async function execute(body: unknown): Promise<Answer> {
    const asks = typeof body === "object" && body !== null ? body : {};
    const source = "query" in asks ? String(asks.query) : "";
    const variables = "variables" in asks && typeof asks.variables === "object" ? { ...asks.variables } : {};
    return [200, await graphql({ schema: schemaOf(), source, rootValue: roots, variableValues: variables })];
  }

  type Answer = readonly [status: number, body: unknown];
  const gone: Answer = [410, { message: "This issue was deleted", documentation_url: "https://docs.github.com/rest" }];
  const missing: Answer = [404, { message: "Not Found", documentation_url: "https://docs.github.com/rest" }];

  /** What is asked of one issue. */
  function ofIssue(issue: FakeIssue, method: string, rest: string, body: Readonly<Record<string, unknown>>): Answer {
    if (rest === "/comments" && method === "POST") {
      const comment = { id: ++ids, body: String(body["body"]), author: login };
      issue.comments.push(comment);
      return [201, restComment(issue, comment)];
    }
    if (rest === "/comments") return [200, issue.comments.map((comment) => restComment(issue, comment))];
    if (rest === "/labels") {
      const named = Array.isArray(body["labels"]) ? body["labels"].map(String) : [];
      issue.labels.push(...named);
      return [200, []];
    }
    if (method === "PATCH") {
      if (typeof body["title"] === "string") issue.title = body["title"];
      // As a browser leaves it, and as GitHub gives it back.
      if (typeof body["body"] === "string") issue.body = body["body"];
      if (body["state"] === "open" || body["state"] === "closed") issue.state = body["state"];
      if (typeof body["state_reason"] === "string") issue.state_reason = body["state_reason"];
    }
    return [200, restIssue(issue)];
  }

  function rest(method: string, path: string, query: URLSearchParams, body: Readonly<Record<string, unknown>>): Answer {
    if (path.endsWith("/installation")) return [200, installation()];
    if (path.startsWith("/app/installations/")) return [201, { token, expires_at: "2099-01-01T00:00:00Z" }];
    if (!path.startsWith(`/repos/${repository}`)) return missing;
    const below = path.slice(`/repos/${repository}`.length);
    if (below === "") return [200, { full_name: repository }];
    if (below === "/issues" && method === "GET") {
      const per = Number(query.get("per_page") ?? 30);
      const from = (Number(query.get("page") ?? 1) - 1) * per;
      const all = [...issues.values()].filter(({ gone: away }) => away === undefined);
      const ordered = query.get("direction") === "asc" ? all : all.toReversed();
      return [200, ordered.slice(from, from + per).map(restIssue)];
    }
    if (below === "/issues") {
      const labels = Array.isArray(body["labels"]) ? body["labels"].map(String) : [];
      return [
        201,
        restIssue(
          add({ title: String(body["title"]), body: typeof body["body"] === "string" ? body["body"] : "", labels }),
        ),
      ];
    }
    const [, commentId] = /^\/issues\/comments\/(\d+)$/u.exec(below) ?? [];
    if (commentId !== undefined) {
      for (const issue of issues.values())
        for (const comment of issue.comments)
          if (comment.id === Number(commentId))
            return [200, restComment(issue, Object.assign(comment, { body: String(body["body"]) }))];
      return missing;
    }
    const [, number, more = ""] = /^\/issues\/(\d+)(\/.*)?$/u.exec(below) ?? [];
    const issue = issues.get(Number(number));
    if (issue === undefined) return missing;
    return issue.gone === "deleted" ? gone : ofIssue(issue, method, more, body);
  }

  function installation(): object {
    return {
      id: 7,
      app_id: 1,
      app_slug: "tocsin",
      account: user("packit", url),
      target_id: 1,
      target_type: "Organization",
      single_file_name: null,
      repository_selection: "selected",
      access_tokens_url: url,
      html_url: url,
      repositories_url: url,
      events: [],
      permissions: { issues: "write", metadata: "read" },
      created_at: when,
      updated_at: when,
      suspended_by: null,
      suspended_at: null,
    };
  }

  async function answer(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const { pathname, searchParams } = new URL(request.url ?? "/", url);
    const method = request.method ?? "GET";
    const said = `${method} ${pathname}`;
    const body = await read(request);
    if (instead[0]?.(said, response) === true) return void instead.shift();
    const app = pathname.startsWith("/app/") || pathname.endsWith("/installation");
    const [scheme, credential = ""] = (request.headers.authorization ?? "").split(" ");
    const allowed = app ? /^bearer$/iu.test(scheme ?? "") && credential.split(".").length === 3 : credential === token;
    if (pathname !== "/graphql") asked.push(said);
    const found = pathname === "/graphql" ? undefined : operationAt(method, pathname);
    if (pathname !== "/graphql" && found === undefined)
      strange.push(`${said} is none of GitHub's paths that we cut out`);
    const wrong = found && (wrongQuery(found.operation, searchParams) ?? (rightBody(found.operation, body) ? undefined : `the body ${JSON.stringify(body)}`)); // prettier-ignore
    if (wrong !== undefined) strange.push(`${said}: ${wrong}`);
    const fields = typeof body === "object" && body !== null ? Object.fromEntries(Object.entries(body)) : {};
    const [status, content] = !allowed ? [401, { message: "Bad credentials" }] : pathname === "/graphql" ? await execute(body) : rest(method, pathname, searchParams, fields); // prettier-ignore
    if (found !== undefined && status < 300 && !rightAnswer(found.operation, status, content))
      strange.push(`${said}: our answer is not as GitHub describes it: ${JSON.stringify(content)}`);
    response.writeHead(status, { "Content-Type": "application/json" }).end(JSON.stringify(content));
  }

  const server = createServer((request, response) => {
    answer(request, response).catch((thrown: unknown) => {
      strange.push(String(thrown));
      response.writeHead(500).end();
    });
  });
  await new Promise<void>((resolve) => server.listen(port, "127.0.0.1", resolve));
  const address = server.address();
  url = `http://127.0.0.1:${typeof address === "object" && address !== null ? address.port : 0}`;
  return {
    url,
    repository,
    token,
    issues,
    pins,
    asked,
    instead,
    foreign: (issue) => add({ author: "somebody", ...issue }),
    async [Symbol.asyncDispose]() {
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
      if (strange.length > 0) throw new Error(`not as GitHub describes it:\n${strange.join("\n")}`);
    },
  };
}
