// A GitLab on loopback: its issues and notes, each request held against what GitLab documents.
import { z } from "zod";
import { forgeServer, type FakeForge, type ForgeIssue } from "./forge-server.ts";

/** https://docs.gitlab.com/api/issues/#list-all-project-issues */
const ListQuery = z.strictObject({
  scope: z.enum(["created_by_me", "assigned_to_me", "all"]).optional(),
  state: z.enum(["opened", "closed", "all"]).optional(),
  author_id: z.string().regex(/^\d+$/u).optional(),
  updated_after: z.iso.datetime().optional(),
  order_by: z.enum(["created_at", "updated_at"]).optional(),
  sort: z.enum(["asc", "desc"]).optional(),
  per_page: z.coerce.number().int().min(1).max(100),
  page: z.coerce.number().int().min(1),
});
/** https://docs.gitlab.com/api/issues/#create-an-issue: labels are one text, with commas. */
const Create = z.strictObject({ title: z.string().min(1).max(255), description: z.string().max(1_048_576), labels: z.string().optional() }); // prettier-ignore
/** https://docs.gitlab.com/api/issues/#update-an-issue */
const Update = z.strictObject({ title: z.string().min(1).max(255).optional(), description: z.string().max(1_048_576).optional(), state_event: z.enum(["close", "reopen"]).optional(), add_labels: z.string().optional() }); // prettier-ignore
/** https://docs.gitlab.com/api/notes/#create-new-issue-note */
const Note = z.strictObject({ body: z.string().min(1).max(1_000_000) });
/** https://docs.gitlab.com/user/project/quick_actions/: a line that begins with a slash is carried out, but not in code. */
const quickAction = /^\/(close|assign|label|lock|confidential|move)\b/mu;

const myId = 42;

const shown = (issue: ForgeIssue): object => ({
  id: 1000 + issue.number,
  iid: issue.number,
  title: issue.title,
  description: issue.body,
  state: issue.open ? "opened" : "closed",
  labels: issue.labels,
  discussion_locked: issue.locked ? true : null,
  moved_to_id: issue.movedTo ?? null,
  author: { id: issue.author === "tocsin" ? myId : 7, username: issue.author },
});

export async function startGitlab(): Promise<FakeForge> {
  const project = "/api/v4/projects/packit%2Fpackit";
  return forgeServer({ header: "private-token", value: (token) => token }, (forge, { method, path, query, body }) => {
    if (path === "/api/v4/user") return [200, { id: myId, username: "tocsin" }];
    if (!path.startsWith(project)) return [404, { message: "404 Project Not Found" }];
    const below = path.slice(project.length);
    if (below === "") return [200, { id: 5 }];
    if (below === "/issues" && method === "GET") {
      const asked = ListQuery.parse(query);
      const all = [...forge.issues.values()].filter((one) => !one.deleted && (asked.author_id === undefined || one.author === "tocsin")); // prettier-ignore
      return [200, all.slice((asked.page - 1) * asked.per_page, asked.page * asked.per_page).map(shown)];
    }
    if (below === "/issues") {
      const { title, description, labels } = Create.parse(body);
      if (quickAction.test(description)) throw new Error(`a quick action: ${description}`);
      return [201, shown(forge.add({ title, body: description, labels: labels?.split(",") ?? [] }))];
    }
    const [, number, more = ""] = /^\/issues\/(\d+)(\/.*)?$/u.exec(below) ?? [];
    const issue = forge.issues.get(Number(number));
    if (issue === undefined || issue.deleted) return [404, { message: "404 Not found" }];
    const [, note] = /^\/notes\/(\d+)$/u.exec(more) ?? [];
    const author = (name: string): object => ({ id: name === "tocsin" ? myId : 7, username: name });
    const noted = (one: ForgeIssue["comments"][number]): object => ({ id: one.id, body: one.body, author: author(one.author), system: false }); // prettier-ignore
    if (more === "/notes" && method === "GET") return [200, [{ id: 1, body: "changed the title", author: author("tocsin"), system: true }, ...issue.comments.map(noted)]]; // prettier-ignore
    if (more === "/notes") return [201, noted(forge.comment(issue, Note.parse(body).body))];
    if (note !== undefined) {
      const found = issue.comments.find(({ id }) => id === Number(note));
      if (found === undefined || method !== "PUT") return [404, { message: "404 Not found" }];
      found.body = Note.parse(body).body;
      return [200, noted(found)];
    }
    if (method === "PUT") {
      const { title, description, state_event: event, add_labels: labels } = Update.parse(body);
      issue.title = title ?? issue.title;
      issue.body = description ?? issue.body;
      if (event !== undefined) issue.open = event === "reopen";
      issue.labels.push(...(labels?.split(",") ?? []));
    }
    return [200, shown(issue)];
  });
}
