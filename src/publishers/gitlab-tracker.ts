// GitLab's issues by its REST API: https://docs.gitlab.com/api/issues/ and https://docs.gitlab.com/api/notes/. It has no pins.
import { z } from "zod";
import { askForge, foreignLinks } from "./forge-http.ts";
import { TrackerTrouble, type Comment, type Issue, type Tracker } from "./tracker.ts";

const Author = z.object({ id: z.int() }).nullish();
const IssueAnswer = z.object({
  iid: z.int(),
  title: z.string(),
  description: z.string().nullish(),
  state: z.string(),
  labels: z.array(z.string()),
  discussion_locked: z.boolean().nullish(),
  moved_to_id: z.int().nullish(),
});
const Note = z.object({ id: z.int(), body: z.string(), author: Author, system: z.boolean() });
const User = z.object({ id: z.int(), username: z.string() });

const listed = 100;
const mostPages = 5;

export function gitlabTracker(site: string, project: string, token: string): Tracker {
  const ask = askForge({
    name: "GitLab",
    api: `${site}/api/v4`,
    authorization: { "PRIVATE-TOKEN": token },
    rights: "is the project named right, and has the token the scope api and the role Planner or more?",
  });
  const base = `/projects/${encodeURIComponent(project)}/issues`;
  const issueOf = (answer: z.output<typeof IssueAnswer>): Issue => ({
    id: String(answer.iid),
    name: `${project}#${answer.iid}`,
    title: answer.title,
    body: answer.description ?? "",
    open: answer.state === "opened",
    locked: answer.discussion_locked === true,
    labels: answer.labels,
  });

  let me: z.output<typeof User> | undefined;
  const self = async (signal: AbortSignal): Promise<z.output<typeof User>> =>
    (me ??= User.parse(await ask("GET", "/user", undefined, signal)));

  return {
    links: foreignLinks(site),
    async read(id, signal) {
      try {
        const answer = IssueAnswer.parse(await ask("GET", `${base}/${id}`, undefined, signal));
        const to = answer.moved_to_id ?? undefined;
        return to === undefined ? { issue: issueOf(answer) } : { gone: "moved", to: `another project (id ${to})` };
      } catch (thrown) {
        if (!(thrown instanceof TrackerTrouble) || thrown.status !== 404) throw thrown;
        await ask("GET", `/projects/${encodeURIComponent(project)}`, undefined, signal);
        return { gone: "deleted" };
      }
    },
    async find(wanted, since, signal) {
      const { id: author_id } = await self(signal);
      for (let page = 1; page <= mostPages; page++) {
        const query = new URLSearchParams({ scope: "all", state: "all", author_id: String(author_id), updated_after: since.toISOString(), order_by: "created_at", sort: "asc", per_page: String(listed), page: String(page) }); // prettier-ignore
        const answers = z.array(IssueAnswer).parse(await ask("GET", `${base}?${query.toString()}`, undefined, signal));
        const ours = answers.find(
          (one) => (one.moved_to_id ?? undefined) === undefined && wanted(one.description ?? ""),
        );
        if (ours !== undefined) return issueOf(ours);
        if (answers.length < listed) return undefined;
      }
      return undefined;
    },
    async create({ title, body, labels }, signal) {
      const asked = { title, description: body, ...(labels.length === 0 ? {} : { labels: labels.join(",") }) };
      return issueOf(IssueAnswer.parse(await ask("POST", base, asked, signal)));
    },
    async change(id, { title, body, open }, signal) {
      const asked = {
        ...(title === undefined ? {} : { title }),
        ...(body === undefined ? {} : { description: body }),
        ...(open === undefined ? {} : { state_event: open ? "reopen" : "close" }),
      };
      await ask("PUT", `${base}/${id}`, asked, signal);
    },
    async label(id, labels, signal) {
      await ask("PUT", `${base}/${id}`, { add_labels: labels.join(",") }, signal);
    },
    async comments(id, signal) {
      const { id: own } = await self(signal);
      const all: Comment[] = [];
      for (let page = 1; ; page++) {
        const query = `sort=asc&order_by=created_at&per_page=${listed}&page=${page}`;
        const notes = z.array(Note).parse(await ask("GET", `${base}/${id}/notes?${query}`, undefined, signal));
        for (const note of notes)
          if (!note.system && note.author?.id === own) all.push({ id: String(note.id), body: note.body });
        if (notes.length < listed) return all;
      }
    },
    async comment(id, body, signal) {
      await ask("POST", `${base}/${id}/notes`, { body }, signal);
    },
    async editComment(id, comment, body, signal) {
      await ask("PUT", `${base}/${id}/notes/${comment}`, { body }, signal);
    },
    async reach(signal) {
      const { username } = await self(signal);
      await ask("GET", `/projects/${encodeURIComponent(project)}`, undefined, signal);
      return `${project} can be read as ${username}; whether issues may be written shows with the first`;
    },
  };
}
