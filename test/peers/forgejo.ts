// A Forgejo on loopback: its issues, comments, labels and pins, each request held against its API description.
import { z } from "zod";
import { forgeServer, type FakeForge, type ForgeIssue } from "./forge-server.ts";

// https://codeberg.org/swagger.v1.json: the options of each request.
const ListQuery = z.strictObject({
  state: z.enum(["open", "closed", "all"]).optional(),
  type: z.enum(["issues", "pulls"]).optional(),
  created_by: z.string().optional(),
  since: z.iso.datetime().optional(),
  limit: z.coerce.number().int().min(1),
  page: z.coerce.number().int().min(1),
});
const CreateIssueOption = z.strictObject({ title: z.string().min(1).max(255), body: z.string(), labels: z.array(z.int()) }); // prettier-ignore
const EditIssueOption = z.strictObject({ title: z.string().min(1).max(255).optional(), body: z.string().optional(), state: z.enum(["open", "closed"]).optional() }); // prettier-ignore
const IssueLabelsOption = z.strictObject({ labels: z.array(z.union([z.int(), z.string()])) });
const CreateLabelOption = z.strictObject({ name: z.string().min(1).max(50), color: z.string().regex(/^#[0-9a-f]{6}$/u) }); // prettier-ignore
const CommentOption = z.strictObject({ body: z.string().min(1) });

/** MAX_PINNED: https://forgejo.org/docs/latest/admin/config-cheat-sheet/; beyond it a pin is a 500. */
const mostPins = 3;
/** MAX_RESPONSE_ITEMS, there too. */
const mostListed = 50;

export async function startForgejo(): Promise<FakeForge> {
  const repository = "/api/v1/repos/packit/packit";
  const labels: { readonly id: number; readonly name: string }[] = [];
  const named = (ids: readonly (number | string)[]): string[] => labels.filter(({ id }) => ids.includes(id)).map(({ name }) => name); // prettier-ignore
  const shown = (issue: ForgeIssue): object => ({
    id: 1000 + issue.number,
    number: issue.number,
    title: issue.title,
    body: issue.body,
    state: issue.open ? "open" : "closed",
    is_locked: issue.locked,
    user: { login: issue.author },
    labels: issue.labels.map((name) => ({ id: labels.find((one) => one.name === name)?.id ?? 99, name })),
  });
  const commented = (one: ForgeIssue["comments"][number]): object => ({ id: one.id, body: one.body, user: { login: one.author } }); // prettier-ignore
  return forgeServer(
    { header: "authorization", value: (token) => `token ${token}` },
    (forge, { method, path, query, body }) => {
      if (path === "/api/v1/user") return [200, { id: 42, login: "tocsin" }];
      if (!path.startsWith(repository)) return [404, { message: "not found" }];
      const below = path.slice(repository.length);
      if (below === "") return [200, { id: 5 }];
      if (below === "/new_pin_allowed") return [200, { issues: forge.pins.length < mostPins, pull_requests: true }];
      if (below === "/issues/pinned")
        return [200, forge.pins.flatMap((number) => forge.issues.get(number) ?? []).map(shown)];
      if (below === "/labels" && method === "GET") return [200, labels];
      if (below === "/labels") {
        const label = { id: labels.length + 1, name: CreateLabelOption.parse(body).name };
        labels.push(label);
        return [201, label];
      }
      if (below === "/issues" && method === "GET") {
        const asked = ListQuery.parse(query);
        const per = Math.min(asked.limit, mostListed);
        const all = [...forge.issues.values()].filter((one) => !one.deleted && (asked.created_by === undefined || one.author === asked.created_by)).toReversed(); // prettier-ignore
        return [200, all.slice((asked.page - 1) * per, asked.page * per).map(shown)];
      }
      if (below === "/issues") {
        const made = CreateIssueOption.parse(body);
        return [201, shown(forge.add({ title: made.title, body: made.body, labels: named(made.labels) }))];
      }
      const [, comment] = /^\/issues\/comments\/(\d+)$/u.exec(below) ?? [];
      if (comment !== undefined) {
        const found = [...forge.issues.values()].flatMap(({ comments }) => comments).find(({ id }) => id === Number(comment)); // prettier-ignore
        if (found === undefined || method !== "PATCH") return [404, { message: "not found" }];
        found.body = CommentOption.parse(body).body;
        return [200, commented(found)];
      }
      const [, number, more = ""] = /^\/issues\/(\d+)(\/.*)?$/u.exec(below) ?? [];
      const issue = forge.issues.get(Number(number));
      if (issue === undefined || issue.deleted) return [404, { message: "not found" }];
      if (more === "/pin") {
        if (method === "POST" && forge.pins.length >= mostPins) return [500, { message: "max pinned" }];
        if (method === "POST") forge.pins.push(issue.number);
        else forge.pins.splice(forge.pins.indexOf(issue.number), 1);
        return [204, undefined];
      }
      if (more === "/labels") {
        issue.labels.push(...named(IssueLabelsOption.parse(body).labels));
        return [200, []];
      }
      if (more === "/comments" && method === "GET") return [200, issue.comments.map(commented)];
      if (more === "/comments") return [201, commented(forge.comment(issue, CommentOption.parse(body).body))];
      if (method === "PATCH") {
        const { title, body: text, state } = EditIssueOption.parse(body);
        issue.title = title ?? issue.title;
        issue.body = text ?? issue.body;
        if (state !== undefined) issue.open = state === "open";
        return [201, shown(issue)];
      }
      return [200, shown(issue)];
    },
  );
}
