// GitHub's issues by its REST API, pins by GraphQL. Nothing waits in here: what GitHub asks patience for, the queue tries again.
import type { Octokit } from "@octokit/core";
import { z } from "zod";
import type { GithubAccess } from "../config/github.ts";
import type { Clock } from "../lib/clock.ts";
import { reasonOf } from "../lib/result.ts";
import { markIn } from "../status/issue-text.ts";
import {
  CommentAnswer,
  GraphqlAnswer,
  graphqlTrouble,
  Installation,
  IssueAnswer,
  issueOf,
  Pinned,
  repositoryOf,
  sameLogin,
  troubleOf,
  Viewer,
} from "./github-answers.ts";
import { TrackerTrouble, type Pins, type Tracker } from "./tracker.ts";

/** Links to issues make a note there, for all to see; by way of this host of GitHub's own they do not. */
export function quietLink(url: string): string {
  const parsed = new URL(url);
  if (!/^(www\.)?github\.com$/u.test(parsed.hostname)) return url;
  return url.replace(/^https?:\/\/(www\.)?github\.com/iu, "https://redirect.github.com");
}

const listed = 100;
/** Of the issues that changed lately, so many pages are looked through for ours. */
const mostPages = 5;
/** https://docs.github.com/en/issues/tracking-your-work-with-issues/administering-issues/pinning-an-issue-to-your-repository */
const mostPins = 3;
const timeoutMs = 20_000;

type Params = Readonly<Record<string, unknown>>;
type Ask = (route: string, params: Params, signal: AbortSignal) => Promise<unknown>;

const Refused = z.object({
  status: z.int(),
  message: z.string(),
  response: z.object({ headers: z.record(z.string(), z.coerce.string().optional()) }).optional(),
});

function asking(octokit: Octokit, clock: Clock): Ask {
  return async (route, params, signal) => {
    try {
      const until = AbortSignal.any([signal, AbortSignal.timeout(timeoutMs)]);
      const answer: { readonly data: unknown } = await octokit.request(route, {
        ...params,
        request: { signal: until },
      });
      return answer.data;
    } catch (thrown) {
      const refused = Refused.safeParse(thrown);
      if (!refused.success || refused.data.response === undefined)
        // Of what never arrived, its message says all; its cause says it again.
        throw new TrackerTrouble({ kind: "retry", because: `GitHub: ${refused.data?.message ?? reasonOf(thrown)}` });
      const { status, message, response } = refused.data;
      throw troubleOf({ status, message, headers: response.headers }, route, clock.now());
    }
  };
}

async function octokitFor(
  access: GithubAccess,
  where: { readonly owner: string; readonly repo: string },
): Promise<Octokit> {
  // Loaded with the first publication: most starts need none of it.
  const { Octokit: Core } = await import("@octokit/core");
  // They would warn on the console, which is not our log.
  const quiet = { debug: () => {}, info: () => {}, warn: () => {}, error: () => {} };
  const common = { baseUrl: access.api_url, userAgent: "tocsin", log: quiet };
  if (access.app_id === undefined) return new Core({ ...common, auth: access.token });
  const { createAppAuth } = await import("@octokit/auth-app");
  const app = { appId: access.app_id, privateKey: access.private_key ?? "" };
  const asApp = new Core({ ...common, authStrategy: createAppAuth, auth: app });
  const { data } = await asApp.request("GET /repos/{owner}/{repo}/installation", where);
  const installationId = Installation.parse(data).id;
  return new Core({ ...common, authStrategy: createAppAuth, auth: { ...app, installationId } });
}

export async function githubTracker(access: GithubAccess, repository: string, clock: Clock): Promise<Tracker> {
  const [owner = "", repo = ""] = repository.split("/");
  const where = { owner, repo };
  let octokit: Promise<Octokit> | undefined;
  const ask: Ask = async (route, params, signal) => {
    octokit ??= octokitFor(access, where);
    try {
      return await asking(await octokit, clock)(route, { ...where, ...params }, signal);
    } catch (thrown) {
      if (thrown instanceof TrackerTrouble) throw thrown;
      octokit = undefined;
      const refused = Refused.safeParse(thrown);
      if (!refused.success) throw new TrackerTrouble({ kind: "retry", because: `GitHub: ${reasonOf(thrown)}` });
      throw troubleOf({ headers: {}, ...refused.data, ...refused.data.response }, "signing in", clock.now());
    }
  };

  async function graphql(query: string, variables: Params, signal: AbortSignal): Promise<unknown> {
    const { data, errors } = GraphqlAnswer.parse(await ask("POST /graphql", { query, variables }, signal));
    if (errors !== undefined) throw graphqlTrouble(errors);
    return data;
  }

  let me: Promise<string> | undefined;
  async function login(signal: AbortSignal): Promise<string> {
    me ??= graphql("query { viewer { login } }", {}, signal).then((data) => Viewer.parse(data).viewer.login);
    return me.catch((thrown: unknown) => {
      me = undefined;
      throw thrown;
    });
  }

  const nodeIds = new Map<string, string>();
  async function nodeId(id: string, signal: AbortSignal): Promise<string> {
    const known = nodeIds.get(id);
    if (known !== undefined) return known;
    const answer = IssueAnswer.parse(await ask("GET /repos/{owner}/{repo}/issues/{issue_number}", { issue_number: Number(id) }, signal)); // prettier-ignore
    nodeIds.set(id, answer.node_id);
    return answer.node_id;
  }

  const pins: Pins = {
    async read(signal) {
      const query = `query ($owner: String!, $repo: String!) { repository(owner: $owner, name: $repo) {
        pinnedIssues(first: ${mostPins}) { nodes { issue { id number body author { login } } } } } }`;
      const { repository: found } = Pinned.parse(await graphql(query, where, signal));
      const self = await login(signal);
      const pinned = found.pinnedIssues.nodes.map(({ issue }) => {
        nodeIds.set(String(issue.number), issue.id);
        const ours = sameLogin(issue.author?.login, self) && markIn(issue.body) !== undefined;
        return { id: String(issue.number), ours, age: issue.number };
      });
      return { pinned, most: mostPins };
    },
    async pin(id, signal) {
      const issueId = await nodeId(id, signal);
      await graphql("mutation ($issueId: ID!) { pinIssue(input: { issueId: $issueId }) { clientMutationId } }", { issueId }, signal); // prettier-ignore
    },
    async unpin(id, signal) {
      const issueId = await nodeId(id, signal);
      await graphql("mutation ($issueId: ID!) { unpinIssue(input: { issueId: $issueId }) { clientMutationId } }", { issueId }, signal); // prettier-ignore
    },
  };

  const one = "/repos/{owner}/{repo}/issues/{issue_number}";
  return {
    links: quietLink,
    pins,
    async read(id, signal) {
      try {
        const answer = IssueAnswer.parse(await ask(`GET ${one}`, { issue_number: Number(id) }, signal));
        nodeIds.set(id, answer.node_id);
        const there = repositoryOf(answer);
        // A transferred issue answers with a redirect that was followed; a renamed repository does so too, with our number.
        if (there.toLowerCase() !== repository.toLowerCase() && String(answer.number) !== id)
          return { gone: "moved", to: `${there}#${answer.number}` };
        return { issue: issueOf(answer, repository) };
      } catch (thrown) {
        if (!(thrown instanceof TrackerTrouble) || (thrown.status !== 410 && thrown.status !== 404)) throw thrown;
        // Deleted, or moved to where we may not look; unless it is the repository that is gone.
        await ask("GET /repos/{owner}/{repo}", {}, signal);
        return { gone: "deleted" };
      }
    },
    async find(wanted, since, signal) {
      const self = await login(signal);
      for (let page = 1; page <= mostPages; page++) {
        const params = {
          state: "all",
          sort: "created",
          direction: "asc",
          since: since.toISOString(),
          per_page: listed,
          page,
        };
        const answers = z.array(IssueAnswer).parse(await ask("GET /repos/{owner}/{repo}/issues", params, signal));
        const ours = answers.find(
          (answer) =>
            answer.pull_request === undefined && sameLogin(answer.user?.login, self) && wanted(answer.body ?? ""),
        );
        if (ours !== undefined) return issueOf(ours, repository);
        if (answers.length < listed) return undefined;
      }
      return undefined;
    },
    async create(issue, signal) {
      const answer = IssueAnswer.parse(await ask("POST /repos/{owner}/{repo}/issues", { ...issue }, signal));
      nodeIds.set(String(answer.number), answer.node_id);
      return issueOf(answer, repository);
    },
    async change(id, { title, body, open, wrong }, signal) {
      const state = open === undefined ? {} : open ? { state: "open", state_reason: "reopened" } : { state: "closed", state_reason: wrong === true ? "not_planned" : "completed" }; // prettier-ignore
      await ask(`PATCH ${one}`, { issue_number: Number(id), ...state, ...(title === undefined ? {} : { title }), ...(body === undefined ? {} : { body }) }, signal); // prettier-ignore
    },
    async label(id, labels, signal) {
      await ask(`POST ${one}/labels`, { issue_number: Number(id), labels }, signal);
    },
    async comments(id, signal) {
      const self = await login(signal);
      const all: { id: string; body: string }[] = [];
      for (let page = 1; ; page++) {
        const answers = z.array(CommentAnswer).parse(await ask(`GET ${one}/comments`, { issue_number: Number(id), per_page: listed, page }, signal)); // prettier-ignore
        for (const { id: comment, body = "", user } of answers)
          if (sameLogin(user?.login, self)) all.push({ id: String(comment), body });
        if (answers.length < listed) return all;
      }
    },
    async comment(id, body, signal) {
      await ask(`POST ${one}/comments`, { issue_number: Number(id), body }, signal);
    },
    async editComment(_id, comment, body, signal) {
      await ask(
        "PATCH /repos/{owner}/{repo}/issues/comments/{comment_id}",
        { comment_id: Number(comment), body },
        signal,
      );
    },
    async reach(signal) {
      const self = await login(signal);
      await ask("GET /repos/{owner}/{repo}", {}, signal);
      return `${repository} can be read as ${self}; whether issues may be written shows with the first`;
    },
  };
}
