// What the fakes of GitLab and Forgejo have in common: issues in memory, a token, and a list of what was not as documented.
import type { IncomingMessage, ServerResponse } from "node:http";
import { http } from "./servers.ts";

export type ForgeIssue = {
  readonly number: number;
  title: string;
  body: string;
  open: boolean;
  locked: boolean;
  deleted: boolean;
  movedTo?: number;
  labels: string[];
  readonly author: string;
  readonly comments: { readonly id: number; body: string; readonly author: string }[];
};

/** Throws when it is closed, if a request was not as documented. */
export type FakeForge = AsyncDisposable & {
  readonly url: string;
  readonly token: string;
  readonly issues: Map<number, ForgeIssue>;
  readonly pins: number[];
  /** `POST /path`, of what changes something. */
  readonly written: string[];
  /** Said in place of the next answer to what changes something. */
  readonly instead: ((response: ServerResponse) => void)[];
  add(issue: Partial<ForgeIssue>): ForgeIssue;
  comment(issue: ForgeIssue, body: string): ForgeIssue["comments"][number];
};

export type ForgeRequest = {
  readonly method: string;
  readonly path: string;
  readonly query: Readonly<Record<string, string>>;
  readonly body: unknown;
};
type Answered = readonly [status: number, body: unknown];

async function read(request: IncomingMessage): Promise<unknown> {
  const chunks: Buffer[] = [];
  for await (const chunk of request) chunks.push(Buffer.from(chunk));
  return chunks.length === 0 ? undefined : JSON.parse(Buffer.concat(chunks).toString("utf8"));
}

/** `answer` throws for what the documentation does not allow. */
export async function forgeServer(
  lets: { readonly header: string; readonly value: (token: string) => string },
  answer: (forge: FakeForge, request: ForgeRequest) => Answered,
): Promise<FakeForge> {
  const strange: string[] = [];
  const token = "glpat-s3cret-of-the-fixture";
  let ids = 100;
  async function handled(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const method = request.method ?? "GET";
    const { pathname: path, searchParams } = new URL(request.url ?? "/", "http://forge");
    const body = await read(request);
    const changes = method !== "GET";
    const instead = changes ? forge.instead.shift() : undefined;
    if (instead !== undefined) return instead(response);
    if (changes) forge.written.push(`${method} ${path}`);
    const allowed = request.headers[lets.header] === lets.value(token);
    const asked = { method, path, query: Object.fromEntries(searchParams), body };
    const [status, said]: Answered = allowed ? answer(forge, asked) : [401, { message: "401 Unauthorized" }];
    response.writeHead(status, { "Content-Type": "application/json" }).end(said === undefined ? "" : JSON.stringify(said)); // prettier-ignore
  }
  const server = await http((request, response) => {
    handled(request, response).catch((thrown: unknown) => {
      strange.push(`${request.method ?? ""} ${request.url ?? ""}: ${String(thrown)}`);
      response.writeHead(500).end();
    });
  });
  const forge: FakeForge = {
    url: `http://127.0.0.1:${server.port}`,
    token,
    issues: new Map(),
    pins: [],
    written: [],
    instead: [],
    add(issue) {
      const number = forge.issues.size + 1;
      const made: ForgeIssue = { number, title: "", body: "", open: true, locked: false, deleted: false, labels: [], author: "tocsin", comments: [], ...issue }; // prettier-ignore
      forge.issues.set(number, made);
      return made;
    },
    comment(issue, body) {
      const comment = { id: ++ids, body, author: "tocsin" };
      issue.comments.push(comment);
      return comment;
    },
    async [Symbol.asyncDispose]() {
      await server[Symbol.asyncDispose]();
      if (strange.length > 0) throw new Error(`not as documented:\n${strange.join("\n")}`);
    },
  };
  return forge;
}
