// Forgejo's issues by its REST API, as https://codeberg.org/api/swagger describes it; Gitea's is the same here.
import { z } from "zod";
import { markIn } from "../status/issue-text.ts";
import { askForge, foreignLinks } from "./forge-http.ts";
import { TrackerTrouble, type Issue, type Pins, type Tracker } from "./tracker.ts";

const User = z.object({ login: z.string() });
const Label = z.object({ id: z.int(), name: z.string() });
const IssueAnswer = z.object({
  number: z.int(),
  title: z.string(),
  body: z.string(),
  state: z.string(),
  is_locked: z.boolean().optional(),
  user: User.nullish(),
  labels: z.array(Label).nullish(),
});
/** https://codeberg.org/api/swagger#/repository/repoNewPinAllowed */
const Allowed = z.object({ issues: z.boolean() });
const CommentAnswer = z.object({ id: z.int(), body: z.string(), user: User.nullish() });

/** More than 50 are not given at once: https://forgejo.org/docs/latest/admin/config-cheat-sheet/#api-api */
const listed = 50;
const mostPages = 10;
const labelColor = "#ededed";

export function forgejoTracker(site: string, repository: string, token: string): Tracker {
  const ask = askForge({
    name: "Forgejo",
    api: `${site}/api/v1`,
    authorization: { Authorization: `token ${token}` },
    rights: "is the repository named right, and has the token write:issue and read:user?",
  });
  const base = `/repos/${repository}`;
  const issueOf = (answer: z.output<typeof IssueAnswer>): Issue => ({
    id: String(answer.number),
    name: `${repository}#${answer.number}`,
    title: answer.title,
    body: answer.body,
    open: answer.state === "open",
    locked: answer.is_locked === true,
    labels: (answer.labels ?? []).map(({ name }) => name),
  });

  let me: string | undefined;
  const self = async (signal: AbortSignal): Promise<string> =>
    (me ??= User.parse(await ask("GET", "/user", undefined, signal)).login);

  /** It takes labels by their ids, and makes none by itself. */
  async function labelIds(names: readonly string[], signal: AbortSignal): Promise<readonly number[]> {
    if (names.length === 0) return [];
    const known: z.output<typeof Label>[] = [];
    for (let page = 1; page <= mostPages; page++) {
      const some = z
        .array(Label)
        .parse(await ask("GET", `${base}/labels?limit=${listed}&page=${page}`, undefined, signal));
      known.push(...some);
      if (some.length < listed) break;
    }
    const ids: number[] = [];
    for (const name of names) {
      const found = known.find((one) => one.name.toLowerCase() === name.toLowerCase());
      const label = found ?? Label.parse(await ask("POST", `${base}/labels`, { name, color: labelColor }, signal));
      ids.push(label.id);
    }
    return ids;
  }

  const pins: Pins = {
    async read(signal) {
      const own = await self(signal);
      const pinned = z.array(IssueAnswer).parse(await ask("GET", `${base}/issues/pinned`, undefined, signal));
      const room = Allowed.parse(await ask("GET", `${base}/new_pin_allowed`, undefined, signal)).issues;
      return {
        // It does not tell how many there may be, only whether there is room for one more.
        most: pinned.length + (room ? 1 : 0),
        pinned: pinned.map(({ number, user, body }) => ({
          id: String(number),
          ours: user?.login === own && markIn(body) !== undefined,
          age: number,
        })),
      };
    },
    pin: async (id, signal) => void (await ask("POST", `${base}/issues/${id}/pin`, undefined, signal)),
    unpin: async (id, signal) => void (await ask("DELETE", `${base}/issues/${id}/pin`, undefined, signal)),
  };

  return {
    links: foreignLinks(site),
    pins,
    async read(id, signal) {
      try {
        return { issue: issueOf(IssueAnswer.parse(await ask("GET", `${base}/issues/${id}`, undefined, signal))) };
      } catch (thrown) {
        if (!(thrown instanceof TrackerTrouble) || thrown.status !== 404) throw thrown;
        await ask("GET", base, undefined, signal);
        return { gone: "deleted" };
      }
    },
    async find(wanted, since, signal) {
      const own = await self(signal);
      let oldest: Issue | undefined;
      for (let page = 1; page <= mostPages; page++) {
        const query = new URLSearchParams({ state: "all", type: "issues", created_by: own, since: `${since.toISOString().slice(0, 19)}Z`, limit: String(listed), page: String(page) }); // prettier-ignore
        const answers = z.array(IssueAnswer).parse(await ask("GET", `${base}/issues?${query.toString()}`, undefined, signal)); // prettier-ignore
        for (const answer of answers)
          if (answer.user?.login === own && wanted(answer.body) && (oldest === undefined || answer.number < Number(oldest.id))) oldest = issueOf(answer); // prettier-ignore
        if (answers.length < listed) break;
      }
      return oldest;
    },
    async create({ title, body, labels }, signal) {
      const asked = { title, body, labels: await labelIds(labels, signal) };
      return issueOf(IssueAnswer.parse(await ask("POST", `${base}/issues`, asked, signal)));
    },
    async change(id, { title, body, open }, signal) {
      const asked = {
        ...(title === undefined ? {} : { title }),
        ...(body === undefined ? {} : { body }),
        ...(open === undefined ? {} : { state: open ? "open" : "closed" }),
      };
      await ask("PATCH", `${base}/issues/${id}`, asked, signal);
    },
    async label(id, labels, signal) {
      await ask("POST", `${base}/issues/${id}/labels`, { labels: await labelIds(labels, signal) }, signal);
    },
    async comments(id, signal) {
      const own = await self(signal);
      // All of them at once: it has no pages of comments.
      const all = z.array(CommentAnswer).parse(await ask("GET", `${base}/issues/${id}/comments`, undefined, signal));
      return all.filter(({ user }) => user?.login === own).map((one) => ({ id: String(one.id), body: one.body }));
    },
    async comment(id, body, signal) {
      await ask("POST", `${base}/issues/${id}/comments`, { body }, signal);
    },
    async editComment(_id, comment, body, signal) {
      await ask("PATCH", `${base}/issues/comments/${comment}`, { body }, signal);
    },
    async reach(signal) {
      const own = await self(signal);
      await ask("GET", base, undefined, signal);
      return `${repository} can be read as ${own}; whether issues may be written shows with the first`;
    },
  };
}
