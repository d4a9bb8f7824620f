// Issues of a GitHub repository as its API or `gh issue list --json` writes them, with their comments. Pure.
import { z } from "zod";
import type { Instant } from "../lib/clock.ts";
import { looseTime } from "./loose-time.ts";
import { readJson } from "./loose-json.ts";
import type { PastDocument, Unread } from "./past.ts";

const text = z.string().nullish().catch(undefined);
const Person = z.looseObject({ login: text }).nullish().catch(undefined);
const Comment = z.looseObject({
  body: text,
  created_at: text,
  createdAt: text,
  issue_url: text,
  user: Person,
  author: Person,
  author_association: text,
  authorAssociation: text,
});
const Issue = z.looseObject({
  number: z.number().int().positive(),
  title: z.string(),
  body: text,
  state: text,
  created_at: text,
  createdAt: text,
  closed_at: text,
  closedAt: text,
  labels: z
    .array(z.union([z.string().transform((name) => ({ name, color: "" })), z.looseObject({ name: z.string(), color: z.string().catch("") })]))
    .catch([]), // prettier-ignore
  html_url: text,
  url: text,
  author_association: text,
  authorAssociation: text,
  pull_request: z.unknown().optional(),
  comments: z.union([z.number().transform(() => []), z.array(Comment)]).nullish().catch(undefined), // prettier-ignore
});

export type IssueComment = { readonly at: Instant; readonly body: string; readonly association: string };
export type GithubIssue = {
  readonly number: number;
  readonly title: string;
  readonly body: string;
  readonly open: boolean;
  readonly createdAt: Instant;
  readonly closedAt?: Instant;
  readonly labels: readonly { readonly name: string; readonly color: string }[];
  readonly url?: string;
  readonly association: string;
  readonly comments: readonly IssueComment[];
  readonly place: string;
};

/** Lists of issues, lists of comments, in any order; pull requests are no issues. */
export function readIssues(documents: readonly PastDocument[]): {
  readonly issues: readonly GithubIssue[];
  readonly unread: readonly Unread[];
} {
  const issues = new Map<number, GithubIssue>();
  const comments: { readonly issue: number; readonly comment: IssueComment }[] = [];
  const unread: Unread[] = [];
  for (const { place, text: body } of documents) {
    const json = readJson(body);
    if (!json.ok || !Array.isArray(json.value)) {
      unread.push({ place, because: json.ok ? "it is no list of issues" : json.error });
      continue;
    }
    const items: readonly unknown[] = json.value;
    for (const [i, item] of items.entries()) {
      const issue = Issue.safeParse(item);
      if (issue.success) {
        const made = issueOf(issue.data, place);
        if (made !== undefined) issues.set(made.number, made);
        else if (issue.data.pull_request === undefined) unread.push({ place: `${place}#${i + 1}`, because: "nothing says when it was opened" }); // prettier-ignore
        continue;
      }
      const said = Comment.safeParse(item);
      const [, number] = said.success ? (/\/issues\/(\d+)$/u.exec(said.data.issue_url ?? "") ?? []) : [];
      const comment = said.success ? commentOf(said.data) : undefined;
      if (number !== undefined && comment !== undefined) comments.push({ issue: Number(number), comment });
      else unread.push({ place: `${place}#${i + 1}`, because: "it is neither an issue nor a comment on one" });
    }
  }
  const whole = [...issues.values()].map((issue) => ({
    ...issue,
    comments: [...issue.comments, ...comments.flatMap((each) => (each.issue === issue.number ? [each.comment] : []))].toSorted((a, b) => a.at - b.at), // prettier-ignore
  }));
  return { issues: whole, unread };
}

function issueOf(one: z.output<typeof Issue>, place: string): GithubIssue | undefined {
  const createdAt = looseTime(one.created_at ?? one.createdAt);
  if (createdAt === undefined || (one.pull_request !== undefined && one.pull_request !== null)) return undefined;
  const closedAt = looseTime(one.closed_at ?? one.closedAt);
  const url = one.html_url ?? one.url;
  return {
    number: one.number,
    title: one.title,
    body: one.body ?? "",
    open: (one.state ?? "").toLowerCase() !== "closed" && closedAt === undefined,
    createdAt,
    ...(closedAt === undefined ? {} : { closedAt }),
    labels: one.labels,
    ...(url ? { url } : {}),
    association: one.author_association ?? one.authorAssociation ?? "",
    comments: (one.comments ?? []).flatMap((each) => commentOf(each) ?? []),
    place: `${place}: issue ${one.number}`,
  };
}

function commentOf(one: z.output<typeof Comment>): IssueComment | undefined {
  const at = looseTime(one.created_at ?? one.createdAt);
  if (at === undefined) return undefined;
  return { at, body: one.body ?? "", association: one.author_association ?? one.authorAssociation ?? "" };
}
