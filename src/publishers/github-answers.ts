// What GitHub answers, as far as we read it, and what its refusals mean for the queue. Pure.
import { z } from "zod";
import { second, type Instant } from "../lib/clock.ts";
import { isoSeconds } from "../lib/clock.ts";
import { oneLine } from "../lib/text.ts";
import { minutes, TrackerTrouble, type Issue } from "./tracker.ts";

const User = z.object({ login: z.string() }).nullish();

export const IssueAnswer = z.object({
  number: z.int(),
  node_id: z.string(),
  title: z.string(),
  body: z.string().nullish(),
  state: z.string(),
  locked: z.boolean().optional(),
  user: User,
  url: z.string(),
  repository_url: z.string(),
  labels: z.array(z.union([z.string(), z.object({ name: z.string().nullish() })])),
  pull_request: z.unknown().optional(),
});
export type IssueAnswer = z.output<typeof IssueAnswer>;

export const CommentAnswer = z.object({ id: z.int(), body: z.string().optional(), user: User });
export const Installation = z.object({ id: z.int() });
export const Viewer = z.object({ viewer: z.object({ login: z.string() }) });
export const Pinned = z.object({
  repository: z.object({
    pinnedIssues: z.object({
      nodes: z.array(
        z.object({
          issue: z.object({ id: z.string(), number: z.int(), body: z.string(), author: User }),
        }),
      ),
    }),
  }),
});
export const GraphqlAnswer = z.object({
  data: z.unknown().optional(),
  errors: z.array(z.object({ message: z.string(), type: z.string().optional() })).optional(),
});

/** `tocsin[bot]` in one half of the API is `tocsin` in the other. */
export function sameLogin(a: string | undefined, b: string): boolean {
  const plain = (login: string): string => login.replace(/\[bot\]$/u, "").toLowerCase();
  return a !== undefined && plain(a) === plain(b);
}

export function issueOf(answer: IssueAnswer, repository: string): Issue {
  return {
    id: String(answer.number),
    name: `${repository}#${answer.number}`,
    title: answer.title,
    body: answer.body ?? "",
    open: answer.state === "open",
    locked: answer.locked === true,
    labels: answer.labels.flatMap((label) => (typeof label === "string" ? [label] : (label.name ?? []))),
  };
}

/** `packit/packit` from `https://api.github.com/repos/packit/packit`. */
export function repositoryOf({ repository_url: url }: IssueAnswer): string {
  return url.split("/repos/").at(-1) ?? url;
}

export type Refusal = {
  readonly status: number;
  readonly message: string;
  readonly headers: Readonly<Record<string, string | undefined>>;
};

/** https://docs.github.com/en/rest/using-the-rest-api/rate-limits-for-the-rest-api#exceeding-the-rate-limit */
function patience({ status, message, headers }: Refusal, now: Instant): number | undefined {
  if (status !== 403 && status !== 429) return undefined;
  const after = Number(headers["retry-after"]);
  if (headers["retry-after"] !== undefined && Number.isFinite(after)) return Math.max(1, after) * second;
  if (headers["x-ratelimit-remaining"] === "0") {
    const reset = Number(headers["x-ratelimit-reset"]) * second;
    return Number.isFinite(reset) ? Math.min(minutes(60), Math.max(second, reset - now)) : minutes(1);
  }
  return status === 429 || /rate limit/iu.test(message) ? minutes(1) : undefined;
}

/** What becomes of a publication that GitHub refused. `doing`: `POST /repos/…`. */
export function troubleOf(refusal: Refusal, doing: string, now: Instant): TrackerTrouble {
  const { status } = refusal;
  const said = `GitHub: ${oneLine(refusal.message, 300)} (${status}, ${doing})`;
  const wait = patience(refusal, now);
  if (wait !== undefined)
    return new TrackerTrouble(
      { kind: "retry", because: `${said}; again at ${isoSeconds(now + wait)}`, afterMs: wait },
      status,
    );
  if (status === 422) return new TrackerTrouble({ kind: "reject", because: said }, status);
  const words: Readonly<Record<number, string>> = {
    401: "; is the token or the App's key still good?",
    403: "; does the App or the token have Issues: read and write?",
    404: "; is the repository named right, and the App installed there?",
    410: "; are issues turned on there?",
  };
  const hint = words[status] ?? "";
  return new TrackerTrouble(
    { kind: "retry", because: said + hint, ...(hint === "" ? {} : { afterMs: minutes(1) }) },
    status,
  );
}

/** GraphQL answers 200 to all: https://docs.github.com/en/graphql/overview/rate-limits-and-query-limits-for-the-graphql-api */
export function graphqlTrouble(
  errors: readonly { readonly message: string; readonly type?: string | undefined }[],
): TrackerTrouble {
  const because = `GitHub: ${oneLine(errors.map(({ message }) => message).join("; "), 300)}`;
  const slow = errors.some(({ type, message }) => type === "RATE_LIMITED" || /rate limit/iu.test(message));
  return new TrackerTrouble(slow ? { kind: "retry", because, afterMs: minutes(1) } : { kind: "reject", because });
}
